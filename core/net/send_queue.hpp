#pragma once
// Output of one connection that the kernel has not taken yet: HTTP text, then frames. Empty, it owns nothing; one frame, the
// usual case of a turn, is kept inside; more take a list from the loop's pool.

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <sys/uio.h>
#include <vector>

#include <signaling/protocol/outbound_message.hpp>

namespace signaling::net {

/// Lists of frames that are reused. One thread.
class FrameListPool {
 public:
  struct List {
    std::vector<protocol::MessagePtr> frames;
    std::size_t next = 0;  ///< those before it are sent
  };
  std::unique_ptr<List> take();
  void give_back(std::unique_ptr<List> list) noexcept;

 private:
  std::vector<std::unique_ptr<List>> lists_;
};

class SendQueue {
 public:
  bool empty() const noexcept { return bytes_ == 0; }
  std::size_t bytes() const noexcept { return bytes_; }
  /// Text goes out before any frame: a connection speaks HTTP first.
  void push_text(std::string&& text);
  void push(protocol::MessagePtr frame, FrameListPool& pool);

  /// Describes the front of the queue, in order. @return pieces written to `out`.
  std::size_t gather(std::span<iovec> out) const noexcept;
  /// The first `size` bytes are sent.
  void consume(std::size_t size, FrameListPool& pool) noexcept;
  void clear(FrameListPool& pool) noexcept;

 private:
  void drop_front_frame(FrameListPool& pool) noexcept;

  std::unique_ptr<std::string> text_;
  protocol::MessagePtr first_;
  std::unique_ptr<FrameListPool::List> more_;
  std::size_t offset_ = 0;  ///< sent bytes of the front piece
  std::size_t bytes_ = 0;
};

}  // namespace signaling::net
