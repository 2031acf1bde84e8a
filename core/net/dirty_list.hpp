#pragma once
// The connections that have output, in the order in which they got some.

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "connection.hpp"

namespace signaling::net {

/// Each at most once, which its flag tells. Adding and taking out are O(1). One thread.
class DirtyList {
 public:
  /// Counts places ever given, so that one can be waited for whatever is added meanwhile.
  using Place = std::uint64_t;

  bool empty() const noexcept { return count_ == 0; }
  std::size_t size() const noexcept { return count_; }

  void add(Connection& connection) {
    if (is_in(connection)) {
      if (connection.dirty_place_ < kept_) ++gained_;
      return;
    }
    connections_.push_back(&connection);
    connection.raise(Connection::dirty_flag);
    connection.dirty_place_ = static_cast<std::uint32_t>(connections_.size() - 1);
    ++count_;
  }

  /// @return false where it was not in
  bool remove(Connection& connection) noexcept {
    if (!is_in(connection)) return false;
    connection.lower(Connection::dirty_flag);
    connections_[connection.dirty_place_] = nullptr;
    if (--count_ == 0) clear();
    return true;
  }

  /// The turn ends, and those in it stay.
  void keep() noexcept { kept_ = connections_.size(); }
  /// How often one that was kept got more, since the last call.
  std::size_t take_gained() noexcept { return std::exchange(gained_, 0); }

  /// Place of the next that is taken, and of the next that is added.
  Place begin() const noexcept { return base_ + next_; }
  Place end() const noexcept { return base_ + connections_.size(); }

  /// Takes out one after the other, those too that `f` adds, until none is left or `f(Connection&)` returns false.
  template <class F>
  void take_while(F&& f) {
    bool goes_on = true;
    while (goes_on && next_ < connections_.size()) {
      Connection* const connection = std::exchange(connections_[next_++], nullptr);
      if (connection == nullptr) continue;
      connection->lower(Connection::dirty_flag);
      --count_;
      goes_on = f(*connection);  // may end the list, or add to it
    }
    if (count_ == 0) {
      clear();
    } else if (next_ >= compact_from && next_ * 2 > connections_.size()) {
      drop_taken();
    }
  }

 private:
  static constexpr std::size_t compact_from = 64;

  void clear() noexcept {
    base_ += connections_.size();
    connections_.clear();
    count_ = kept_ = next_ = 0;
  }
  /// A list that never gets empty does not grow for ever.
  void drop_taken() noexcept {
    connections_.erase(connections_.begin(), connections_.begin() + static_cast<std::ptrdiff_t>(next_));
    base_ += next_;
    kept_ -= kept_ < next_ ? kept_ : next_;
    next_ = 0;
    for (std::size_t i = 0; i < connections_.size(); ++i) {
      if (connections_[i] != nullptr) connections_[i]->dirty_place_ = static_cast<std::uint32_t>(i);
    }
  }
  static bool is_in(const Connection& connection) noexcept { return (connection.list_flags() & Connection::dirty_flag) != 0; }

  std::vector<Connection*> connections_;  ///< nullptr: taken out
  std::size_t count_ = 0;
  std::size_t next_ = 0;  ///< those before it are taken
  std::size_t kept_ = 0;  ///< places of those that earlier turns have left
  std::size_t gained_ = 0;
  Place base_ = 0;  ///< of the first element
};

}  // namespace signaling::net
