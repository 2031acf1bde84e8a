#include "connection.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

namespace signaling::redis_adapter {
namespace {

/// Buffers that a burst has left larger than this are given back.
constexpr std::size_t max_idle_output = 256 * 1024;

}  // namespace

Connection::Connection(Environment& environment, ConnectionHandler& handler, Purpose purpose, const ServerAddress& address)
    : environment_(environment),
      handler_(&handler),
      address_(address),
      stream_(make_stream(environment, address)),
      reader_(environment.options.max_reply_bytes),
      login_(environment.options, purpose),
      timer_(environment.io) {}

void Connection::open() {
  state_ = State::opening;
  ++environment_.stats.connect_attempts;
  const auto limit = environment_.options.connect_timeout;
  timer_.expires_after(limit);
  timer_.async_wait([self = shared_from_this(), limit](boost::system::error_code error) {
    if (!error && self->state_ == State::opening) self->fail("not connected within " + std::to_string(limit.count()) + " ms");
  });
  stream_->async_open([self = shared_from_this()](boost::system::error_code error, const std::string& step) {
    if (self->state_ != State::opening) return;
    if (error)
      self->fail(step + ": " + error.message());
    else
      self->on_stream_open();
  });
}

void Connection::on_stream_open() {
  output_ = login_.commands();
  appended_ = output_.size();
  flush();
  read();
}

void Connection::write(std::string_view text) {
  output_ += text;
  appended_ += text.size();
  schedule_flush();
}

void Connection::schedule_flush() {
  if (is_writing_ || is_flush_scheduled_) return;
  is_flush_scheduled_ = true;
  const auto go = [self = shared_from_this()] {
    self->is_flush_scheduled_ = false;
    if (self->state_ == State::open && !self->is_writing_) self->flush();
  };
  const auto delay = environment_.options.flush_delay;
  if (delay.count() == 0) {
    asio::post(environment_.io, go);
    return;
  }
  timer_.expires_after(delay);
  timer_.async_wait([go](boost::system::error_code error) {
    if (!error) go();
  });
}

void Connection::flush() {
  if (output_.empty()) return;
  is_writing_ = true;
  writing_.swap(output_);
  output_.clear();
  handed_over_ += writing_.size();
  stream_->async_write(asio::buffer(writing_), [self = shared_from_this()](boost::system::error_code error, std::size_t size) {
    if (self->state_ == State::closed) return;
    self->is_writing_ = false;
    self->environment_.stats.bytes_written += size;
    if (self->writing_.capacity() > max_idle_output) self->writing_ = std::string();
    if (error) {
      self->fail("writing: " + error.message());
    } else if (!self->output_.empty()) {
      self->flush();
    }
  });
}

void Connection::read() {
  stream_->async_read_some(asio::buffer(input_),
                           [self = shared_from_this()](boost::system::error_code error, std::size_t size) {
                             if (self->state_ == State::closed) return;
                             if (error == asio::error::eof)
                               self->fail("closed by the server");
                             else if (error)
                               self->fail("reading: " + error.message());
                             else
                               self->on_read(size);
                           });
}

void Connection::on_read(std::size_t size) {
  environment_.stats.bytes_read += size;
  last_read_ = SteadyClock::now();
  reader_.feed(input_.data(), size);
  while (auto reply = reader_.next()) {
    if (state_ == State::opening) {
      if (!feed_login(*reply)) return;
    } else {
      environment_.guarded("a reply's handling", [&] { handler_->on_reply(*reply); });
    }
    if (state_ == State::closed) return;
  }
  if (!reader_.error().empty())
    fail("unreadable reply: " + reader_.error());
  else
    read();
}

bool Connection::feed_login(const redisReply& reply) {
  switch (login_.feed(reply)) {
    case Login::State::waiting: return true;
    case Login::State::done: break;
    case Login::State::refused: return end(login_.problem(), true), false;
    case Login::State::failed: return end(login_.problem(), false), false;
  }
  state_ = State::open;
  timer_.cancel();
  ++environment_.stats.connections;
  environment_.guarded("opening", [this] { handler_->on_open(login_.info()); });
  return true;
}

void Connection::fail(std::string_view reason) { end(reason, false); }

void Connection::end(std::string_view reason, bool is_refusal) {
  if (state_ == State::closed) return;
  const auto self = shared_from_this();
  const CloseReason why{std::string(reason), state_ == State::open, is_refusal};
  auto& handler = *handler_;
  close();
  ++(why.was_open ? environment_.stats.connections_lost : environment_.stats.connect_failures);
  environment_.guarded("closing", [&] { handler.on_closed(why); });
}

void Connection::close() noexcept {
  if (state_ == State::closed) return;
  if (state_ == State::open) --environment_.stats.connections;
  state_ = State::closed;
  handler_ = nullptr;
  timer_.cancel();
  stream_->close();
}

}  // namespace signaling::redis_adapter
