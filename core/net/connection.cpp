#include "connection.hpp"

#include <algorithm>
#include <cerrno>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "http_state.hpp"
#include "proxy_peer.hpp"
#include "worker.hpp"

namespace signaling::net {
namespace {

/// Reads from one connection, and bytes, before the others of the turn get theirs.
constexpr int max_reads_per_turn = 4;
constexpr std::size_t max_read_bytes_per_turn = 256 * 1024;
/// Of those at once, while output of earlier turns still waits: enough for any signal. Who sends more goes on when it is
/// written.
constexpr std::size_t max_read_bytes_behind_output = 4 * 1024;
/// So much takes long enough to be followed by a look at the clock.
constexpr std::size_t long_read = 32 * 1024;
constexpr std::uint32_t readable = EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR;
constexpr std::uint32_t hung_up = EPOLLRDHUP | EPOLLHUP | EPOLLERR;

}  // namespace

static_assert(sizeof(Connection) <= 256, "very many idle: what only some need belongs behind a pointer");

Connection::Connection(Worker& worker, FileDescriptor socket, const PeerAddress& address, std::uint8_t service)
    : worker_(&worker), address_(address), socket_(std::move(socket)), service_(service) {}

Connection::~Connection() {
  // Closed ones have settled this; what is left was on its way to a loop that had ended.
  if (state_ == State::closed) return;
  drop_proxy();
  worker_->state().limiter.release(address_, counts_address_);
}

void Connection::start(std::unique_ptr<TlsStream> tls, std::unique_ptr<ProxyPeer> proxy) {
  tls_ = std::move(tls);
  counts_address_ = proxy == nullptr;
  const bool awaits_header = proxy != nullptr && proxy->header.has_value();
  if (proxy != nullptr) {
    worker_->keep_proxy(*this, std::move(proxy));
    has_proxy_ = true;
  }
  // Registered once for everything: being edge-triggered, writability is told only after the kernel's buffer was full.
  worker_->loop().watch(socket_.get(), *this, EPOLLIN | EPOLLOUT | EPOLLRDHUP);
  if (awaits_header) {
    arm(Deadline::proxy_header, worker_->options().http.header_timeout);
  } else {
    begin_protocol();
  }
}

void Connection::begin_protocol() {
  const ServerOptions& options = worker_->options();
  if (tls_ != nullptr) {
    arm(Deadline::tls_handshake, options.tls_handshake_timeout);
  } else {
    arm(Deadline::header, options.http.header_timeout);
  }
}

void Connection::on_io(std::uint32_t events) {
  try {
    on_events(events);
  } catch (...) {  // out of memory: this connection is given up, the others go on
    worker_->counters().exceptions.add();
    lose();
  }
}

void Connection::on_events(std::uint32_t events) {
  if (state_ == State::moving || state_ == State::failed || state_ == State::closed) return;
  if ((events & EPOLLOUT) != 0) {
    if (is_blocked_) worker_->add_dirty(*this);
    if (tls_ != nullptr && tls_->read_wants_to_write()) read_tls({});
  }
  if ((events & readable) == 0) return;
  if (is_read_paused_ || state_ == State::finishing) {
    if ((events & (EPOLLHUP | EPOLLERR)) != 0) lose();
    return;
  }
  read((events & hung_up) != 0);
}

std::size_t Connection::read_bound() const noexcept {
  std::size_t size = worker_->options().receive_buffer_bytes;
  if (worker_->is_behind()) size = std::min(size, max_read_bytes_behind_output);
  if (state_ == State::websocket && !is_reading_) return 0;
  if (state_ != State::http || http_ == nullptr || (!http_->is_serving && http_->ahead.empty())) return size;
  // While a request is being served, what follows it waits here, and beyond the bound in the kernel and at the peer.
  const std::size_t bound = worker_->options().http.max_pipelined_bytes;
  return std::min(size, bound - std::min(bound, http_->ahead.size()));
}

void Connection::read(bool until_empty) {
  std::size_t taken = 0;
  for (int round = 0; round < max_reads_per_turn && taken < max_read_bytes_per_turn; ++round) {
    if (state_ == State::moving || state_ == State::failed || state_ == State::closed || state_ == State::finishing) return;
    const std::size_t bound = read_bound();
    if (bound == 0) {
      is_read_paused_ = true;
      return;
    }
    const std::span<char> buffer = worker_->receive_buffer().first(bound);
    const ssize_t received = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (received < 0) {
      if (errno == EINTR) continue;
      if (errno != EAGAIN) lose();
      return;
    }
    if (received == 0) {
      on_end_of_stream();
      return;
    }
    const auto size = static_cast<std::size_t>(received);
    taken += size;
    worker_->counters().bytes_received.add(size);
    worker_->add_heard(*this);
    if (size >= long_read) worker_->loop().expect_long_step();
    if (deadline_ == Deadline::proxy_header) {
      take_proxy_header(buffer.first(size));
    } else {
      take(buffer.first(size));
    }
    // Less than there was room for: the kernel has no more, and what comes later is a new edge. After a hang-up there is none.
    if (size < bound && !until_empty) return;
    if (size == bound && worker_->is_behind()) break;
  }
  worker_->add_again(*this);
}

void Connection::take(std::span<char> bytes) {
  if (tls_ != nullptr) {
    read_tls(bytes);
  } else {
    deliver(bytes);
  }
}

void Connection::read_tls(std::span<const char> cipher_text) {
  const std::span<char> plain = worker_->plain_buffer();
  std::size_t filled = 0;
  TlsStream::Result result = TlsStream::Result::ok;
  tls_->feed(cipher_text);
  while (result == TlsStream::Result::ok && filled < plain.size()) {
    std::size_t size = 0;
    result = tls_->read(plain.subspan(filled), size);
    if (result == TlsStream::Result::ok) filled += size;
  }
  if (deadline_ == Deadline::tls_handshake && tls_->is_established()) {
    worker_->counters().tls_handshakes.add();
    arm(Deadline::header, worker_->options().http.header_timeout);
  }
  if (filled > 0) deliver(plain.first(filled));
  if (state_ == State::moving || state_ == State::failed || state_ == State::closed) return;
  if (result == TlsStream::Result::failed) {
    if (deadline_ == Deadline::tls_handshake) {
      const bool is_proxy = begins_as_proxy_header({cipher_text.data(), cipher_text.size()});
      count(is_proxy ? BadRequest::untrusted_proxy : BadRequest::tls);
    }
    lose();
  } else if (result == TlsStream::Result::closed) {
    on_end_of_stream();
  }
}

void Connection::deliver(std::span<char> bytes) {
  switch (state_) {
    case State::http: take_http(bytes); break;
    case State::websocket:
    case State::closing:
      if (http_ != nullptr) begin_websocket();  // accepted a moment ago: what came with the request first
      if (state_ == State::websocket || state_ == State::closing) take_frames(bytes);
      break;
    case State::lingering:
      lingered_bytes_ += static_cast<std::uint32_t>(bytes.size());
      if (lingered_bytes_ > worker_->options().http.max_linger_bytes) shut();
      break;
    case State::finishing:
    case State::moving:
    case State::failed:
    case State::closed: break;
  }
}

void Connection::on_end_of_stream() {
  peer_has_ended_ = true;
  // A peer that half-closes after its request still gets the answers that are already written; those to come are for nobody.
  const bool owes = state_ == State::http && http_ != nullptr && http_->is_serving;
  if (owes || state_ == State::websocket) {
    lose();
  } else if (state_ == State::http && !queue_.empty()) {
    ends_after_answer_ = true;
  } else {
    shut();
  }
}

void Connection::on_timer(base::TimePoint) {
  const Deadline reached = std::exchange(deadline_, Deadline::none);
  switch (reached) {
    case Deadline::none: break;
    case Deadline::proxy_header:
      count(Limit::header_time);
      shut();
      break;
    case Deadline::header:
    case Deadline::body:
    case Deadline::idle: on_http_deadline(reached); break;
    case Deadline::tls_handshake:
      count(Limit::tls_handshake_time);
      shut();
      break;
    case Deadline::write:
      count(Limit::write_time);
      lose();
      break;
    case Deadline::close:
      count(Limit::close_time);
      shut();
      break;
    case Deadline::linger: shut(); break;
  }
}

void Connection::arm(Deadline deadline, base::Milliseconds after) {
  deadline_ = deadline;
  worker_->loop().timers().arm(*this, worker_->loop().now() + after);
}

void Connection::disarm() noexcept {
  if (deadline_ == Deadline::none) return;
  deadline_ = Deadline::none;
  worker_->loop().timers().disarm(*this);
}

void Connection::fail() {
  if (state_ == State::closed) return;
  state_ = State::failed;
  worker_->add_failed(*this);
}

void Connection::lose() {
  engine::ExchangeOwner* owner = http_ != nullptr && http_->is_serving ? http_->owner : nullptr;
  engine::WebSocketHandler* handler = std::exchange(handler_, nullptr);
  if (http_ != nullptr) http_->is_serving = false;
  shut();
  try {
    if (owner != nullptr) owner->on_exchange_lost();
    if (handler != nullptr) handler->on_websocket_closed(1006, false);
  } catch (...) {
    worker_->counters().exceptions.add();
  }
}

void Connection::shut() {
  if (state_ == State::closed) return;
  state_ = State::closed;
  disarm();
  drop_proxy();
  worker_->loop().unwatch(socket_.get(), *this);
  tls_.reset();
  socket_.close();
  Counters& counters = worker_->counters();
  counters.closed.add();
  if (is_websocket_) counters.websockets_closed.add();
  counters.queued_bytes.subtract(queue_.bytes());
  queue_.clear(worker_->frame_lists());
  worker_->state().limiter.release(address_, counts_address_);
  worker_->bury(*this);
}

void Connection::leave() {
  disarm();
  if (has_proxy_) http_->proxy = worker_->take_proxy(*this);
  has_proxy_ = false;
  worker_->loop().unwatch(socket_.get(), *this);
  worker_->counters().queued_bytes.subtract(queue_.bytes());
}

void Connection::arrive(Worker& worker) {
  worker_ = &worker;
  worker_->counters().queued_bytes.add(queue_.bytes());
  state_ = State::http;
  http_->reader.use_limits(worker.options().http);
  http_->has_arrived = true;
  if (http_->proxy != nullptr) {
    worker_->keep_proxy(*this, std::move(http_->proxy));
    has_proxy_ = true;
  }
  // The policy is of the other loop's service; its like here may differ in identity, not in what it says.
  http_->policy = worker_->service(service_)->policy(http_->reader.request());
  worker_->loop().watch(socket_.get(), *this, EPOLLIN | EPOLLOUT | EPOLLRDHUP);
  serve();
  worker_->add_ready(*this);  // answered or not: go on with what is ahead, and set the time limits
}

std::uint32_t Connection::move_target() const noexcept { return http_->target_loop; }

void Connection::count(Limit limit) { worker_->counters().limits[static_cast<std::size_t>(limit)].add(); }
void Connection::count(BadRequest kind) { worker_->counters().bad_requests[static_cast<std::size_t>(kind)].add(); }

void Connection::read_again() {
  if (state_ == State::http && http_ != nullptr && http_->long_answer != nullptr) advance_long_answer();
  if (state_ == State::http && http_ != nullptr && !http_->ahead.empty()) {
    resume();
  } else if (state_ != State::finishing && state_ != State::closed && state_ != State::failed && !is_read_paused_) {
    read(true);
  }
}

}  // namespace signaling::net
