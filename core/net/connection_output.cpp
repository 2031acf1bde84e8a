// What a connection sends: queued by handlers, written once at the end of the turn.

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <sys/socket.h>

#include "connection.hpp"
#include "http_state.hpp"
#include "worker.hpp"

namespace signaling::net {
namespace {

/// Pieces of one gathered write.
constexpr std::size_t max_pieces = 256;
/// What is sent in a batch: more is worth a write of its own.
constexpr std::size_t max_staged_pieces = 32;
constexpr std::size_t max_staged_bytes = 16 * 1024;

void copy(std::span<const iovec> pieces, char* out) noexcept {
  for (const iovec& piece : pieces) {
    std::memcpy(out, piece.iov_base, piece.iov_len);
    out += piece.iov_len;
  }
}

}  // namespace

void Connection::mark_dirty() {
  // While the kernel takes nothing, it tells when it does again.
  if (!is_blocked_) worker_->add_dirty(*this);
}

void Connection::queue_text(std::string&& text) {
  worker_->counters().queued_bytes.add(text.size());
  queue_.push_text(std::move(text));
  mark_dirty();
}

void Connection::queue_frame(protocol::MessagePtr frame) {
  worker_->counters().queued_bytes.add(frame->frame().size());
  queue_.push(std::move(frame), worker_->frame_lists());
  mark_dirty();
}

void Connection::flush(std::size_t most) {
  if (state_ == State::closed || state_ == State::failed) return;
  is_blocked_ = false;
  while (!queue_.empty() && !is_blocked_) {
    if (most == 0) {
      worker_->add_dirty(*this);
      return;
    }
    std::size_t sent = 0;
    std::size_t offered = 0;
    const bool ok = tls_ != nullptr ? write_tls(sent, offered) : write_plain(most, sent, offered);
    if (!ok) {
      lose();
      return;
    }
    most -= std::min(most, sent);
    worker_->counters().sends.add();
    note_sent(sent, offered);
  }
  end_flush();
}

bool Connection::stage(SendBatch& batch) {
  if (tls_ != nullptr || state_ == State::closed || state_ == State::failed || queue_.empty()) return false;
  std::array<iovec, max_staged_pieces> pieces;
  const std::size_t count = queue_.gather(pieces);
  std::size_t size = 0;
  for (std::size_t i = 0; i < count; ++i) size += pieces[i].iov_len;
  if (size < queue_.bytes() || size > max_staged_bytes) return false;
  const char* bytes = static_cast<const char*>(pieces[0].iov_base);
  if (count > 1) {
    char* const room = batch.room(size);
    if (room == nullptr) return false;
    copy(std::span(pieces).first(count), room);
    bytes = room;
  }
  is_blocked_ = false;
  batch.add(this, socket_.get(), bytes, size);
  return true;
}

void Connection::end_staged(int result, std::size_t offered) {
  if (state_ == State::closed || state_ == State::failed) return;
  if (result < 0 && result != -EAGAIN) {
    lose();
    return;
  }
  note_sent(result < 0 ? 0 : static_cast<std::size_t>(result), offered);
  // Another's handler may have queued more meanwhile, and this is in the list again then.
  if (is_blocked_ || queue_.empty()) end_flush();
}

void Connection::note_sent(std::size_t sent, std::size_t offered) noexcept {
  Counters& counters = worker_->counters();
  counters.bytes_sent.add(sent);
  counters.queued_bytes.subtract(sent);
  queue_.consume(sent, worker_->frame_lists());
  is_blocked_ = sent < offered && (tls_ == nullptr || sent == 0);
}

void Connection::end_flush() {
  if (is_blocked_) {
    owes_drained_ = true;
    if (state_ == State::http) arm(Deadline::write, worker_->options().http.write_timeout);
    return;
  }
  blocked_pongs_ = 0;
  after_flush();
  const bool owed_drained = owes_drained_;
  owes_drained_ = false;
  if (owed_drained && state_ == State::websocket) {
    try {
      handler_->on_websocket_drained();
    } catch (...) {
      on_handler_exception();
    }
  }
}

bool Connection::write_plain(std::size_t most, std::size_t& sent, std::size_t& offered) {
  std::array<iovec, max_pieces> pieces;
  std::size_t count = queue_.gather(pieces);
  for (std::size_t i = 0; i < count; ++i) offered += pieces[i].iov_len;
  for (; offered > most; --count) {  // the last are left out, or shortened
    std::size_t& last = pieces[count - 1].iov_len;
    const std::size_t beyond = std::min(last, offered - most);
    offered -= beyond;
    last -= beyond;
    if (last > 0) break;
  }
  const std::span<char> scratch = worker_->send_buffer();
  for (;;) {
    ssize_t result = 0;
    if (count == 1) {
      result = ::send(socket_.get(), pieces[0].iov_base, pieces[0].iov_len, MSG_NOSIGNAL);
    } else if (offered <= scratch.size()) {
      // Many small frames: copying them is cheaper than the kernel's walk over as many pieces.
      copy(std::span(pieces).first(count), scratch.data());
      result = ::send(socket_.get(), scratch.data(), offered, MSG_NOSIGNAL);
    } else {
      msghdr message{};
      message.msg_iov = pieces.data();
      message.msg_iovlen = count;
      result = ::sendmsg(socket_.get(), &message, MSG_NOSIGNAL);
    }
    if (result >= 0) {
      sent = static_cast<std::size_t>(result);
      return true;
    }
    if (errno == EAGAIN) return true;
    if (errno != EINTR) return false;
  }
}

bool Connection::write_tls(std::size_t& sent, std::size_t& offered) {
  // One buffer at a time, so that records are full ones. After `want_more` OpenSSL is offered the same beginning again.
  std::array<iovec, max_pieces> pieces;
  const std::size_t count = queue_.gather(pieces);
  const std::span<char> scratch = worker_->send_buffer();
  for (std::size_t i = 0; i < count && offered < scratch.size(); ++i) {
    const std::size_t size = std::min(pieces[i].iov_len, scratch.size() - offered);
    std::memcpy(scratch.data() + offered, pieces[i].iov_base, size);
    offered += size;
  }
  const TlsStream::Result result = tls_->write(scratch.first(offered), sent);
  return result == TlsStream::Result::ok || result == TlsStream::Result::want_more;
}

void Connection::after_flush() {
  if (state_ == State::finishing) {
    if (lingers_) {
      begin_linger();
    } else {
      if (tls_ != nullptr) tls_->say_goodbye();
      shut();
    }
  } else if (state_ == State::http) {
    if (ends_after_answer_ && (http_ == nullptr || !http_->is_serving)) {
      begin_linger();
      return;
    }
    if (deadline_ == Deadline::write) {
      disarm();
      rest_http();
    }
    if (http_ != nullptr && !http_->is_serving && !http_->ahead.empty()) worker_->add_again(*this);
  }
}

void Connection::begin_linger() {
  if (peer_has_ended_) {
    shut();
    return;
  }
  release_http();
  if (tls_ != nullptr) tls_->say_goodbye();
  ::shutdown(socket_.get(), SHUT_WR);
  state_ = State::lingering;
  is_read_paused_ = false;
  arm(Deadline::linger, worker_->options().http.linger_timeout);
  read(true);  // edges may have been passed over
}

}  // namespace signaling::net
