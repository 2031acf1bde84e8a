#pragma once
// What is kept for each socket of one loop, from its first event to its end.

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include <signaling/plugin_api/socket.hpp>

#include "buckets.hpp"
#include "rule_set.hpp"

namespace signaling::rate_limit {

struct SocketState {
  std::shared_ptr<const RuleSet> rules;  ///< that `levels` belongs to
  std::vector<Level> levels;             ///< of the rules per socket, in their order
  BucketKey address;
  std::optional<BucketKey> identity;
  std::int64_t identity_until_ms = 0;  ///< the claims are looked at again then: they may have been renewed
  std::int64_t next_warning_ms = 0;
};

/// Bounded by the server's own bounds of connections and namespaces. On its loop.
class SocketStates {
 public:
  /// Allocates for a socket's first event, and for its first one after a reload.
  SocketState& of(plugin_api::Socket& socket, const std::shared_ptr<const RuleSet>& rules, std::int64_t now_ms) {
    SocketState& state = states_[&socket];
    if (state.rules != rules) adapt(state, socket, rules);
    if (rules->has_identity_rules && now_ms >= state.identity_until_ms) {
      state.identity = key_of_identity(socket.claims(), rules->identity_claim);
      state.identity_until_ms = now_ms + 1'000;
    }
    return state;
  }
  void forget(const plugin_api::Socket& socket) { states_.erase(&socket); }
  std::size_t size() const noexcept { return states_.size(); }

 private:
  /// Levels stay with the rules that are still there, by their slots.
  static void adapt(SocketState& state, const plugin_api::Socket& socket, const std::shared_ptr<const RuleSet>& rules) {
    const auto visit = [](const RuleSet& set, auto&& call) {
      std::size_t index = 0;
      for (const Rule& rule : set.events) {
        if (rule.scope == Scope::socket) call(rule, index++);
      }
    };
    std::vector<Level> levels(rules->socket_rules);
    visit(*rules, [&](const Rule& rule, std::size_t index) {
      if (!state.rules) return;
      visit(*state.rules, [&](const Rule& before, std::size_t old_index) {
        if (before.slot == rule.slot) levels[index] = state.levels[old_index];
      });
    });
    state.levels = std::move(levels);
    state.address = key_of_address(socket.handshake().address(), rules->prefix);
    state.identity_until_ms = 0;
    state.rules = rules;
  }

  std::unordered_map<const plugin_api::Socket*, SocketState> states_;
};

}  // namespace signaling::rate_limit
