#include "rule_set.hpp"

#include <algorithm>
#include <array>
#include <set>

#include <signaling/plugin_api/json_build.hpp>

namespace signaling::rate_limit {

namespace {

using plugin_api::ConfigView;
using plugin_api::Problems;

/// The schema has checked that the text is one of them.
template <class Enum>
Enum value_of(std::string_view text, std::size_t count) noexcept {
  for (std::size_t i = 0; i < count; ++i) {
    if (to_string(static_cast<Enum>(i)) == text) return static_cast<Enum>(i);
  }
  return {};
}

/// Names that the client's library keeps for itself, and never gives to a listener.
constexpr std::array<std::string_view, 6> reserved_events{"connect",       "connect_error", "disconnect",
                                                          "disconnecting", "newListener",   "removeListener"};

Rule read_rule(const ConfigView& table, Slots& slots) {
  Rule rule;
  rule.name = table.string("name");
  rule.scope = value_of<Scope>(table.string("per"), scope_count);
  rule.subject = value_of<Subject>(table.string("of"), subject_count);
  rule.action = value_of<Action>(table.string("action"), action_count);
  for (std::size_t i = 0; i < table.size("events"); ++i) rule.events.emplace_back(table.string_at("events", i));
  rule.bounds.burst = static_cast<double>(table.integer("burst"));
  const auto interval_ms = std::max<std::int64_t>(table.duration_ms("interval"), 1);
  rule.bounds.tokens_per_ms = static_cast<double>(table.integer("rate")) / static_cast<double>(interval_ms);
  if (rule.action == Action::delay) {
    rule.bounds.delay_tokens = rule.bounds.tokens_per_ms * static_cast<double>(table.duration_ms("max_delay"));
  }
  rule.is_shared = rule.scope != Scope::socket && table.boolean("cluster");
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

RuleSet read_rules(const ConfigView& config, Slots& slots, Problems& problems) {
  RuleSet set;
  set.prefix = {static_cast<unsigned>(config.integer("ipv4_prefix")), static_cast<unsigned>(config.integer("ipv6_prefix"))};
  set.identity_claim = config.string("identity_claim");
  set.warn_interval_ms = config.duration_ms("warn_interval");
  set.answers_acks = config.boolean("answer_acks");
  set.max_waiting = static_cast<std::size_t>(config.integer("max_waiting"));
  set.cluster_wait_ms = static_cast<std::uint32_t>(config.duration_ms("cluster_wait"));
  set.cluster_interval_ms = static_cast<std::uint64_t>(config.duration_ms("cluster_interval"));
  const std::string_view event = config.string("event");
  if (std::find(reserved_events.begin(), reserved_events.end(), event) != reserved_events.end()) {
    problems.add("event", "\"" + std::string(event) + "\" is reserved by Socket.IO");
  }
  set.warning_head = "[" + plugin_api::json::json_string(event) + R"(,{"scope":")";

  std::set<std::string_view> names;
  for (std::size_t i = 0; i < config.size("rules"); ++i) {
    const ConfigView& table = *config.table_at("rules", i);
    if (!names.insert(table.string("name")).second) {
      problems.add("rules", "\"" + std::string(table.string("name")) + "\" is the name of two rules");
    }
    Rule rule = read_rule(table, slots);
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
