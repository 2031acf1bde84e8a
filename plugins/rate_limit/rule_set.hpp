#pragma once
// What is in force: all rules and options. Immutable; a reload makes another one.

#include <chrono>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <signaling/plugin_api/config.hpp>

#include "bucket_key.hpp"
#include "rule.hpp"

namespace signaling::rate_limit {

/// Gives each rule the number of its buckets, and gives it again for the same name and scope.
class Slots {
 public:
  std::uint32_t of(const std::string& name, Scope scope) {
    return slots_.try_emplace({name, scope}, static_cast<std::uint32_t>(slots_.size())).first->second;
  }

 private:
  std::map<std::pair<std::string, Scope>, std::uint32_t> slots_;
};

struct RuleSet {
  std::vector<Rule> handshakes;
  std::vector<Rule> connects;
  std::vector<Rule> events;      ///< and bytes
  std::size_t socket_rules = 0;  ///< of `events`
  bool has_identity_rules = false;

  AddressPrefix prefix;
  std::string identity_claim;
  std::string warning_head;  ///< `["rate-limited",{"scope":"`
  std::int64_t warn_interval_ms = 0;
  bool answers_acks = true;
  std::size_t max_waiting = 0;
  std::uint32_t cluster_wait_ms = 0;
  std::chrono::milliseconds cluster_interval{0};

  /// nullptr where it is no longer there.
  const Rule* find(Scope scope, std::uint32_t slot) const noexcept;
};

/// Adds each problem with its key. Without any the set can be used. A rule that counts for one socket what comes before there
/// is one, or for an identity what comes before it is known, is a problem, as is the same name twice.
RuleSet read_rules(const plugin_api::ConfigView& config, Slots& slots, plugin_api::Problems& problems);

}  // namespace signaling::rate_limit
