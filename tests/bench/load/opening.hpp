#pragma once
// Opens all clients, a bounded number at a time: fewer than any backlog.

#include <cstddef>

#include "crowd.hpp"

namespace signaling::bench_load {

class Opening {
 public:
  explicit Opening(Crowd& crowd) : crowd_(crowd) {}

  void advance() {
    while (opened_ < crowd_.clients().size() && opened_ - done_ < at_once) crowd_.open(crowd_.clients()[opened_++]);
  }
  /// One client is where the scenario wants it.
  void on_done() { ++done_; }
  bool is_complete() const { return done_ == crowd_.clients().size(); }

 private:
  static constexpr std::size_t at_once = 100;
  Crowd& crowd_;
  std::size_t opened_ = 0;
  std::size_t done_ = 0;
};

}  // namespace signaling::bench_load
