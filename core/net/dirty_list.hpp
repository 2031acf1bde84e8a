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

  /// Takes out all, those too that `f` adds, and calls it with each.
  template <class F>
  void take_all(F&& f) {
    for (std::size_t i = 0; i < connections_.size(); ++i) {
      if (Connection* connection = connections_[i]; connection != nullptr) {
        // The list must not end under the loop.
        connection->lower(Connection::dirty_flag);
        connections_[i] = nullptr;
        f(*connection);
      }
    }
    clear();
  }

 private:
  void clear() noexcept {
    connections_.clear();
    count_ = kept_ = 0;
  }
  static bool is_in(const Connection& connection) noexcept { return (connection.list_flags() & Connection::dirty_flag) != 0; }

  std::vector<Connection*> connections_;  ///< nullptr: taken out
  std::size_t count_ = 0;
  std::size_t kept_ = 0;  ///< places of those that earlier turns have left
  std::size_t gained_ = 0;
};

}  // namespace signaling::net
