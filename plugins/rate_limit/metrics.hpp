#pragma once
// What the plugin measures. Names are prefixed by the host: `signaling_plugin_rate_limit_…`.

#include <array>
#include <string_view>

#include <signaling/plugin_api/host.hpp>

#include "rule.hpp"

namespace signaling::rate_limit {

class Metrics {
 public:
  using Metric = plugin_api::Metric;

  explicit Metrics(plugin_api::Host& host) : host_(host) {
    for (std::size_t scope = 0; scope < scope_count; ++scope) {
      for (std::size_t subject = 0; subject < subject_count; ++subject) {
        for (std::size_t action = 0; action < action_count; ++action) make_limited(scope, subject, action);
      }
    }
  }

  /// `action`: what has happened, which for a delay that would be too long is `drop`.
  void count(const Rule& rule, Action action) const {
    Metric* metric = limited_[static_cast<std::size_t>(rule.scope)][static_cast<std::size_t>(rule.subject)]
                             [static_cast<std::size_t>(action)];
    if (metric != nullptr) metric->add(1);
  }

 private:
  Metric& counter(std::string_view name, std::string_view help, std::span<const plugin_api::Label> labels = {}) const {
    return host_.metric(plugin_api::MetricKind::counter, name, help, labels);
  }

  void make_limited(std::size_t scope, std::size_t subject, std::size_t action) {
    const auto is = [&](Scope one, Subject other) {
      return scope == static_cast<std::size_t>(one) && subject == static_cast<std::size_t>(other);
    };
    if (is(Scope::socket, Subject::handshakes) || is(Scope::socket, Subject::connects) ||
        is(Scope::identity, Subject::handshakes))
      return;  // there are no such rules
    const plugin_api::Label labels[] = {{"per", to_string(static_cast<Scope>(scope))},
                                        {"of", to_string(static_cast<Subject>(subject))},
                                        {"action", to_string(static_cast<Action>(action))}};
    limited_[scope][subject][action] = &counter("limited_total", "What went over a limit, and what became of it", labels);
  }

  plugin_api::Host& host_;
  std::array<std::array<std::array<Metric*, action_count>, subject_count>, scope_count> limited_{};

 public:
  Metric& warnings = counter("warnings_total", "Warnings sent to clients");
  Metric& checks = counter("shared_checks_total", "Handshakes and CONNECTs decided by the shared counters");
  Metric& fallbacks = counter("shared_fallbacks_total", "Of these: decided by this node alone, without an answer in time");
  Metric& reports = counter("shared_reports_total", "Buckets of events and bytes that were told to the shared counters");
  Metric& lost_reports = counter("shared_reports_lost_total", "Of these: without an answer");
  Metric& evicted_addresses = evicted("address");
  Metric& evicted_identities = evicted("identity");

 private:
  Metric& evicted(std::string_view per) const {
    const plugin_api::Label labels[] = {{"per", per}};
    return counter("evicted_total", "Buckets that gave way to others before they were full: max_addresses, max_identities",
                   labels);
  }
};

}  // namespace signaling::rate_limit
