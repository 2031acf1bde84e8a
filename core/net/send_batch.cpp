#include "send_batch.hpp"

#include <cerrno>
#include <cstring>
#include <sys/socket.h>

#include <signaling/net/options.hpp>

#ifdef SIGNALING_IO_URING
#include <liburing.h>
#endif

namespace signaling::net {

#ifdef SIGNALING_IO_URING

/// The kernel's side.
class SendBatch::Ring {
 public:
  Ring() noexcept = default;
  ~Ring() {
    if (state_ == State::open) io_uring_queue_exit(&ring_);
  }
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;

  /// Made by the thread that uses it, which is what `IORING_SETUP_SINGLE_ISSUER` wants.
  /// @return 0, or an error number
  int open() noexcept {
    if (state_ == State::open) return 0;
    if (state_ == State::broken) return EIO;
    // Completions are run where they are waited for and not in interrupts of others; kernels before 6.1 do not know of it.
    int error = -io_uring_queue_init(most, &ring_, IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN);
    if (error == EINVAL) error = -io_uring_queue_init(most, &ring_, 0);
    state_ = error == 0 ? State::open : State::broken;
    return error;
  }

  bool submit(std::span<Item> items) noexcept {
    for (std::size_t i = 0; i < items.size(); ++i) {
      io_uring_sqe* const entry = io_uring_get_sqe(&ring_);
      io_uring_prep_send(entry, items[i].fd, items[i].bytes, items[i].offered, MSG_DONTWAIT | MSG_NOSIGNAL);
      entry->user_data = i;
    }
    std::size_t done = 0;
    while (done < items.size()) {
      const int result = io_uring_submit_and_wait(&ring_, static_cast<unsigned>(items.size() - done));
      const std::size_t reaped = reap(items);
      done += reaped;
      // A signal may end the wait. Anything else, or an end of the wait without a reason, would only come again.
      if (result < 0 ? result != -EINTR : reaped == 0) break;
    }
    if (done == items.size()) return true;
    // What the kernel has taken and said nothing of may be sent or not: that connection cannot go on.
    const std::size_t taken = items.size() - io_uring_sq_ready(&ring_);
    for (std::size_t i = 0; i < taken; ++i) {
      if (items[i].result == untried) items[i].result = -EIO;
    }
    io_uring_queue_exit(&ring_);
    state_ = State::broken;
    return false;
  }

 private:
  enum class State { closed, open, broken };

  std::size_t reap(std::span<Item> items) noexcept {
    unsigned head = 0;
    unsigned count = 0;
    io_uring_cqe* completion = nullptr;
    io_uring_for_each_cqe(&ring_, head, completion) {
      items[completion->user_data].result = completion->res;
      ++count;
    }
    io_uring_cq_advance(&ring_, count);
    return count;
  }

  io_uring ring_{};
  State state_ = State::closed;
};

std::string SendBatch::problem() {
  const int error = Ring().open();
  return error == 0 ? std::string() : std::string("io_uring_setup: ") + std::strerror(error);
}

SendBatch::SendBatch() : ring_(std::make_unique<Ring>()), scratch_(std::make_unique_for_overwrite<char[]>(scratch_bytes)) {
  items_.reserve(most);
}

bool SendBatch::submit() noexcept { return ring_->open() == 0 && ring_->submit(items_); }

#else

class SendBatch::Ring {};

std::string SendBatch::problem() { return "this build has none (SIGNALING_IO_URING)"; }
SendBatch::SendBatch() = default;
bool SendBatch::submit() noexcept { return false; }

#endif

SendBatch::~SendBatch() = default;

char* SendBatch::room(std::size_t size) noexcept {
  if (scratch_bytes - scratch_used_ < size) return nullptr;
  char* const begin = scratch_.get() + scratch_used_;
  scratch_used_ += size;
  return begin;
}

void SendBatch::clear() noexcept {
  items_.clear();
  scratch_used_ = 0;
}

std::string send_batch_problem() { return SendBatch::problem(); }

}  // namespace signaling::net
