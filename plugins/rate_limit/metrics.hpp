#pragma once
// What the plugin measures. Names are prefixed by the host: `signaling_plugin_rate_limit_…`.

#include <array>
#include <string_view>

#include <signaling/plugin_api/host.hpp>
#include <signaling/plugin_api/metrics.hpp>

#include "rule.hpp"

namespace signaling::rate_limit {

class Metrics {
 public:
  using Counter = plugin_api::Counter;

  explicit Metrics(plugin_api::Host& host) : host_(host) {
    for (std::size_t scope = 0; scope < scope_count; ++scope) {
      for (std::size_t subject = 0; subject < subject_count; ++subject) {
        for (std::size_t action = 0; action < action_count; ++action) make_limited(scope, subject, action);
      }
    }
  }

  /// `action`: what has happened, which for a delay that would be too long is `drop`.
  void count(const Rule& rule, Action action) const {
    limited_[static_cast<std::size_t>(rule.scope)][static_cast<std::size_t>(rule.subject)][static_cast<std::size_t>(action)]
        .add();
  }

 private:
  void make_limited(std::size_t scope, std::size_t subject, std::size_t action) {
    const auto is = [&](Scope one, Subject other) {
      return scope == static_cast<std::size_t>(one) && subject == static_cast<std::size_t>(other);
    };
    if (is(Scope::socket, Subject::handshakes) || is(Scope::socket, Subject::connects) ||
        is(Scope::identity, Subject::handshakes))
      return;  // there are no such rules
    limited_[scope][subject][action] = Counter(host_, "limited_total", "What went over a limit, and what became of it",
                                               {{"per", to_string(static_cast<Scope>(scope))},
                                                {"of", to_string(static_cast<Subject>(subject))},
                                                {"action", to_string(static_cast<Action>(action))}});
  }
  Counter evicted(std::string_view per) const {
    return Counter(host_, "evicted_total",
                   "Buckets that gave way to others before they were full: max_addresses, max_identities", {{"per", per}});
  }

  plugin_api::Host& host_;
  std::array<std::array<std::array<Counter, action_count>, subject_count>, scope_count> limited_;

 public:
  const Counter warnings{host_, "warnings_total", "Warnings sent to clients"};
  const Counter checks{host_, "shared_checks_total", "Handshakes and CONNECTs decided by the shared counters"};
  const Counter fallbacks{host_, "shared_fallbacks_total", "Of these: decided by this node alone, without an answer in time"};
  const Counter reports{host_, "shared_reports_total", "Buckets of events and bytes that were told to the shared counters"};
  const Counter lost_reports{host_, "shared_reports_lost_total", "Of these: without an answer"};
  const Counter evicted_addresses = evicted("address");
  const Counter evicted_identities = evicted("identity");
};

}  // namespace signaling::rate_limit
