#pragma once
// Counters that all nodes share: one script for the takes of each partition, and at most so many of them.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <signaling/plugin_api/counters.hpp>

#include "context.hpp"

namespace signaling::redis_adapter {

/// What the core asks for in one call, in memory of the adapter's own.
struct CounterBatch {
  struct Take {
    std::string key;
    double amount;
    double rate;
    double limit;
  };
  std::vector<Take> takes;
  std::int64_t deadline_us = 0;  ///< of the steady clock
  plugin_api::CounterHandler* handler = nullptr;

  std::size_t bytes() const noexcept;
  /// The same for all. Ends the handler.
  void answer_all(plugin_api::Status status);
};

/// On the adapter's thread. What is under way when the backend stops is answered from within its `stop`.
class Counters {
 public:
  /// The time that a server is held by one script: some 2 µs for each take.
  static constexpr std::size_t max_takes_of_script = 64;

  explicit Counters(Context& context) : context_(context) {}

  void submit(std::unique_ptr<CounterBatch> batch);

 private:
  struct Asked;
  void ask(Partition partition, std::vector<std::uint32_t> which, const std::shared_ptr<Asked>& asked);

  Context& context_;
};

}  // namespace signaling::redis_adapter
