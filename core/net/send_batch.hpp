#pragma once
// Sends of many connections in one system call, by io_uring: in a fan-out `send` is most of what a message costs, and entering
// the kernel a good part of that.

#include <cstddef>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace signaling::net {

class Connection;

/// Sends that are tried at once and without waiting, as `send` with MSG_DONTWAIT and MSG_NOSIGNAL does. Add, submit, look at
/// the results, clear; the bytes stay where they are until then. One thread: the first `submit` binds the kernel's side to it.
class SendBatch {
 public:
  static constexpr std::size_t most = 64;
  static constexpr std::size_t scratch_bytes = 64 * 1024;

  static constexpr int untried = std::numeric_limits<int>::min();

  struct Item {
    Connection* connection;
    int fd;
    const char* bytes;
    std::size_t offered;
    int result;  ///< bytes sent, or a negative error number, or `untried`
  };

  /// See `send_batch_problem`.
  static std::string problem();

  SendBatch();
  ~SendBatch();
  SendBatch(const SendBatch&) = delete;
  SendBatch& operator=(const SendBatch&) = delete;

  /// Room for the bytes of one send, to be filled before `add`; nullptr where too little is left.
  char* room(std::size_t size) noexcept;
  /// @pre not `is_full()`
  void add(Connection* connection, int fd, const char* bytes, std::size_t size) noexcept {
    items_.push_back({connection, fd, bytes, size, untried});
  }
  bool is_full() const noexcept { return items_.size() == most; }

  /// @return false where the kernel took no batch, or not all of it, and takes none from now on
  bool submit() noexcept;
  /// In the order in which they were added.
  std::span<const Item> items() const noexcept { return items_; }
  void clear() noexcept;

 private:
  class Ring;

  std::unique_ptr<Ring> ring_;
  std::vector<Item> items_;
  std::unique_ptr<char[]> scratch_;
  std::size_t scratch_used_ = 0;
};

}  // namespace signaling::net
