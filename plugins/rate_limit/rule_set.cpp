#include "rule_set.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <ratio>
#include <set>
#include <string>
#include <vector>

#include <signaling/plugin_api/json_build.hpp>
#include <signaling/plugin_api/typed_config.hpp>

#include "schema.hpp"

namespace signaling::rate_limit {

namespace {

using plugin_api::Config;
using plugin_api::Problems;
using std::chrono::milliseconds;

/// Names that the client's library keeps for itself, and never gives to a listener.
constexpr std::array<std::string_view, 6> reserved_events{"connect",       "connect_error", "disconnect",
                                                          "disconnecting", "newListener",   "removeListener"};

using Interval = std::chrono::duration<double, std::milli>;

Rule read_rule(const Config& table, Slots& slots) {
  Rule rule;
  rule.name = table.get<std::string>("name");
  rule.scope = table.get<Scope>("per");
  rule.subject = table.get<Subject>("of");
  rule.action = table.get<Action>("action");
  rule.events = table.get<std::vector<std::string>>("events");
  rule.bounds.burst = static_cast<double>(table.get<std::int64_t>("burst"));
  const Interval interval = table.get<milliseconds>("interval");
  rule.bounds.tokens_per_ms = static_cast<double>(table.get<std::int64_t>("rate")) / interval.count();
  if (rule.action == Action::delay) {
    rule.bounds.delay_tokens = rule.bounds.tokens_per_ms * Interval(table.get<milliseconds>("max_delay")).count();
  }
  rule.is_shared = rule.scope != Scope::socket && table.get<bool>("cluster");
  rule.slot = slots.of(rule.name, rule.scope);
  return rule;
}

void check_rule(const Rule& rule, const std::string& place, Problems& problems) {
  const bool is_of_events = rule.subject == Subject::events || rule.subject == Subject::bytes;
  if (rule.scope == Scope::socket && !is_of_events) {
    problems.add(place, "\"" + rule.name + "\" is per socket, of which there is none before CONNECT: allowed: address" +
                            (rule.subject == Subject::connects ? ", identity" : ""));
  }
  if (rule.scope == Scope::identity && rule.subject == Subject::handshakes) {
    problems.add(place, "\"" + rule.name + "\" is per identity, which no handshake has yet: allowed: address");
  }
  if (!rule.events.empty() && !is_of_events) {
    problems.add(place, "\"" + rule.name + "\" names events: that is for rules of events or bytes");
  }
}

}  // namespace

const Rule* RuleSet::find(Scope scope, std::uint32_t slot) const noexcept {
  for (const std::vector<Rule>* rules : {&handshakes, &connects, &events}) {
    for (const Rule& rule : *rules) {
      if (rule.slot == slot && rule.scope == scope) return &rule;
    }
  }
  return nullptr;
}

RuleSet read_rules(const plugin_api::ConfigView& view, Slots& slots, Problems& problems) {
  const Config config(view, schema);
  RuleSet set;
  set.prefix = {config.get<unsigned>("ipv4_prefix"), config.get<unsigned>("ipv6_prefix")};
  set.identity_claim = config.get<std::string>("identity_claim");
  set.warn_interval_ms = config.get<milliseconds>("warn_interval").count();
  set.answers_acks = config.get<bool>("answer_acks");
  set.max_waiting = config.get<std::size_t>("max_waiting");
  set.cluster_wait_ms = static_cast<std::uint32_t>(config.get<milliseconds>("cluster_wait").count());
  set.cluster_interval = config.get<milliseconds>("cluster_interval");
  const auto event = config.get<std::string>("event");
  if (std::find(reserved_events.begin(), reserved_events.end(), event) != reserved_events.end()) {
    problems.add("event", "\"" + event + "\" is reserved by Socket.IO");
  }
  set.warning_head = "[" + plugin_api::json::json_string(event) + R"(,{"scope":")";

  std::set<std::string> names;
  for (const Config& table : config.get<std::vector<Config>>("rules")) {
    Rule rule = read_rule(table, slots);
    if (!names.insert(rule.name).second) problems.add("rules", "\"" + rule.name + "\" is the name of two rules");
    check_rule(rule, "rules", problems);
    set.has_identity_rules |= rule.scope == Scope::identity;
    switch (rule.subject) {
      case Subject::handshakes: set.handshakes.push_back(std::move(rule)); break;
      case Subject::connects: set.connects.push_back(std::move(rule)); break;
      case Subject::events:
      case Subject::bytes:
        if (rule.scope == Scope::socket) ++set.socket_rules;
        set.events.push_back(std::move(rule));
        break;
    }
  }
  return set;
}

}  // namespace signaling::rate_limit
