#pragma once
// The way from any thread to the adapter's: operations in the order of their calls, bounded.

#include <broker_parts/operation.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "counters.hpp"

namespace signaling::redis_adapter {

struct Operation : broker_parts::Operation {
  std::unique_ptr<CounterBatch> counters;  ///< count

  std::size_t bytes() const noexcept {
    return broker_parts::Operation::bytes() + sizeof(counters) + (counters ? counters->bytes() : 0);
  }
};

class Inbox {
 public:
  enum class Result : std::uint8_t { queued, queued_first, full, closed };

  explicit Inbox(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  /// `queued_first`: it was empty, and whoever runs the adapter's thread has to be woken. `operation` is left as it was
  /// where it is not taken. An `unsubscribe` is always taken: there are no more of them than topics. [any thread]
  Result push(Operation&& operation) {
    const std::size_t bytes = operation.bytes();
    const std::lock_guard lock(mutex_);
    if (is_closed_) return Result::closed;
    if (operation.kind != Operation::Kind::unsubscribe && bytes_ + bytes > max_bytes_) return Result::full;
    bytes_ += bytes;
    operations_.push_back(std::move(operation));
    return operations_.size() == 1 ? Result::queued_first : Result::queued;
  }

  /// Everything that is queued, into `out` (whose memory is used again).
  void take(std::vector<Operation>& out) {
    out.clear();
    const std::lock_guard lock(mutex_);
    operations_.swap(out);
    bytes_ = 0;
  }

  /// Nothing is taken from here on.
  void close() {
    const std::lock_guard lock(mutex_);
    is_closed_ = true;
  }

  std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return operations_.size();
  }

 private:
  const std::size_t max_bytes_;
  mutable std::mutex mutex_;
  std::vector<Operation> operations_;  ///< guarded by mutex_, with all that follows
  std::size_t bytes_ = 0;
  bool is_closed_ = false;
};

}  // namespace signaling::redis_adapter
