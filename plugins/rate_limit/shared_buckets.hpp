#pragma once
// Buckets that all nodes share, over the adapter's counters.
//
// Handshakes and CONNECTs are few, and each costs much: they are asked for one by one, and wait for the answer (`check`).
// Events are many, and wait for nothing: each node takes them out of a bucket of its own, tells the others in small slices
// what it has taken, and takes over the level that all of them have come to (`report`). What nodes do not know of each other
// yet is at most an eighth of the burst each, and what comes within `cluster_interval`; since the shared level counts that too,
// the rate holds all the same.
//
// While the counters do not answer, each node goes on with what its own buckets say.

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include <signaling/plugin_api/counters.hpp>
#include <signaling/plugin_api/host.hpp>

#include "buckets.hpp"
#include "metrics.hpp"
#include "rule_set.hpp"

namespace signaling::rate_limit {

class SharedBuckets {
 public:
  /// @param counters  nullptr: this node is alone
  SharedBuckets(plugin_api::Host& host, plugin_api::SharedCounters* counters, Buckets& buckets, const Metrics& metrics)
      : host_(host), counters_(counters), buckets_(buckets), metrics_(metrics) {}

  bool are_there() const noexcept { return counters_ != nullptr; }

  using Decided = std::function<void(const Decision&)>;
  /// Asks for what this node has taken already. `decided` gets a decision as `Buckets::take` gives it, within
  /// `cluster_wait_ms`: where it refuses, the tokens of `shares` have been given back. `local` is what this node found, and
  /// stands where nobody answers. [loop]
  void check(std::shared_ptr<const RuleSet> rules, std::span<const Share> shares, const Decision& local, Decided decided);

  /// Tells what was taken and not told, on one loop after every `cluster_interval_ms`. [loop]
  void report(std::shared_ptr<const RuleSet> rules);

 private:
  struct Check;
  void finish(Check& check, std::span<const plugin_api::CounterLevel> levels);
  void take_over(const RuleSet& rules, Scope scope, std::span<const Report> reports,
                 std::span<const plugin_api::CounterLevel> levels);
  void send(const std::shared_ptr<const RuleSet>& rules, Scope scope, std::span<const Report> reports);

  plugin_api::Host& host_;
  plugin_api::SharedCounters* const counters_;
  Buckets& buckets_;
  const Metrics& metrics_;
  std::vector<Report> reports_;  ///< reused
};

}  // namespace signaling::rate_limit
