#pragma once
// Open load: when the next message is due, whatever became of those before it (no coordinated omission).

#include <cstdint>

namespace signaling::bench_load {

class Schedule {
 public:
  Schedule() = default;
  Schedule(std::int64_t begin_ns, double rate) : begin_ns_(begin_ns), gap_ns_(1e9 / rate) {}

  std::int64_t due_ns() const { return begin_ns_ + static_cast<std::int64_t>(static_cast<double>(index_) * gap_ns_); }
  std::uint64_t index() const { return index_; }
  void advance() { ++index_; }

 private:
  std::int64_t begin_ns_ = 0;
  double gap_ns_ = 0;
  std::uint64_t index_ = 0;
};

}  // namespace signaling::bench_load
