#pragma once
// When a turn's output goes out. A `send` costs more than all else that is done for a small message, so what a busy loop has
// for one connection from several turns is written as one.

#include <algorithm>
#include <cstddef>

#include <signaling/base/clock.hpp>

namespace signaling::net {

/// Says at the end of each turn whether output for connections that sent nothing in it may wait for the next turn. It may while
/// the loop finds work without waiting for it, so on a loop that has time for it everything is written at once; and never
/// longer than `longest`, nor for more than `most` connections. Answers to who did send are not concerned: they wait for them.
/// Where holding brings nothing together, it is tried ever less. One thread.
class OutputHold {
 public:
  static constexpr base::Duration longest = std::chrono::microseconds(500);
  static constexpr std::size_t most = 1024;
  static constexpr unsigned max_pause = 64;

  /// @param turn_begin  of the turn that ends
  /// @param is_busy     there was work when the turn began, without waiting
  /// @param waiting     connections with output
  bool holds(base::TimePoint turn_begin, bool is_busy, std::size_t waiting) noexcept {
    if (!is_busy || waiting == 0 || waiting > most) return false;
    if (held_ == 0) {
      if (turns_to_pass_ > 0) {
        --turns_to_pass_;
        return false;
      }
      since_ = turn_begin;
    }
    if (turn_begin - since_ >= longest) return false;
    held_ = std::max(held_, waiting);
    return true;
  }

  /// Everything is written. @param gained  frames that came while others for the same connection were held
  void released(std::size_t gained) noexcept {
    if (held_ == 0) return;
    const bool has_paid = gained * 4 >= held_;
    pause_ = has_paid ? 0 : std::clamp(pause_ * 2, 1u, max_pause);
    turns_to_pass_ = pause_;
    held_ = 0;
  }

 private:
  base::TimePoint since_{};
  std::size_t held_ = 0;  ///< connections; 0: nothing is held
  unsigned pause_ = 0;    ///< busy turns that pass after the last hold
  unsigned turns_to_pass_ = 0;
};

}  // namespace signaling::net
