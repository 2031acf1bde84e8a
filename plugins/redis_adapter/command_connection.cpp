#include "command_connection.hpp"

#include <algorithm>

#include "command_text.hpp"
#include "reply.hpp"

namespace signaling::redis_adapter {
namespace {

/// The connection is looked after that often, and at the deadlines of its requests.
constexpr std::chrono::milliseconds watch_interval{200};
/// A watch that comes this much too late shows that the thread was held up: replies may lie in the socket unread.
constexpr std::chrono::milliseconds stall{250};
constexpr std::chrono::seconds ping_after{1};

}  // namespace

CommandConnection::CommandConnection(Environment& environment, CommandConnectionOwner& owner)
    : environment_(environment), owner_(owner) {}

CommandConnection::~CommandConnection() {
  if (connection_) connection_->close();
  if (watch_) watch_->cancel();
}

void CommandConnection::open(const ServerAddress& address) {
  ConnectionHandler& self = *this;
  connection_ = std::make_shared<Connection>(environment_, self, Purpose::commands, address);
  connection_->open();
}

bool CommandConnection::has_room(std::size_t bytes) const noexcept {
  return queued_bytes_ + bytes <= environment_.options.max_queue_bytes || pipeline_.empty();
}

void CommandConnection::send(Request&& request) {
  const auto now = SteadyClock::now();
  if (!request.ask.host.empty()) {
    // Valid for the one command that follows; its own +OK is an answer to a request that nobody asked for.
    Request asking;
    asking.text = command_text({"ASKING"});
    asking.deadline = TimePoint::max();
    asking.ask = {};
    send(std::move(asking));
  }
  request.sent_at = now;
  request.offset = connection_->appended();
  ++request.attempts;
  if (request.script != nullptr && known_scripts_.insert(request.script).second) {
    connection_->write(eval_text(request.text, *request.script));
    request.queued_bytes = request.text.size() + request.script->source().size();
  } else {
    connection_->write(request.text);
    request.queued_bytes = request.text.size();
  }
  queued_bytes_ += request.queued_bytes;
  environment_.stats.queue_bytes += request.queued_bytes;
  next_deadline_ = std::min(next_deadline_, request.deadline);
  if (request.deadline < watch_due_) watch(request.deadline);
  pipeline_.push_back(std::move(request));
}

void CommandConnection::fail(std::string_view reason) {
  if (connection_) connection_->fail(reason);
}

void CommandConnection::close() {
  if (!connection_) return;
  const auto handed_over = connection_->handed_over();
  std::exchange(connection_, nullptr)->close();
  give_back(handed_over);
}

void CommandConnection::on_open(const ServerInfo& info) {
  known_scripts_.clear();
  start_watch();
  owner_.on_commands_open(info);
}

void CommandConnection::on_reply(redisReply& reply) {
  if (pipeline_.empty()) {
    fail("a reply that nobody asked for");
    return;
  }
  Request request = std::move(pipeline_.front());
  pipeline_.pop_front();
  queued_bytes_ -= request.queued_bytes;
  environment_.stats.queue_bytes -= request.queued_bytes;
  if (request.script != nullptr && reply.type == REDIS_REPLY_ERROR && text_of(reply).starts_with("NOSCRIPT"))
    known_scripts_.erase(request.script);
  owner_.on_answer(std::move(request), reply);
}

void CommandConnection::on_closed(const CloseReason& reason) {
  const auto handed_over = connection_->handed_over();
  connection_ = nullptr;
  give_back(handed_over);
  owner_.on_commands_closed(reason);
}

void CommandConnection::give_back(std::uint64_t handed_over) {
  if (watch_) std::exchange(watch_, nullptr)->cancel();
  std::deque<Request> unanswered;
  unanswered.swap(pipeline_);
  environment_.stats.queue_bytes -= queued_bytes_;
  queued_bytes_ = 0;
  next_deadline_ = TimePoint::max();
  for (auto& request : unanswered) {
    const bool is_sent = request.offset < handed_over;
    owner_.on_unanswered(std::move(request), is_sent);
  }
}

void CommandConnection::start_watch() {
  watch_ = std::make_shared<asio::steady_timer>(environment_.io);
  watch(SteadyClock::now() + watch_interval);
}

void CommandConnection::watch(TimePoint due) {
  watch_due_ = due;
  watch_->expires_at(due);
  watch_->async_wait([this, due, weak = std::weak_ptr(watch_)](boost::system::error_code error) {
    // A timer that was let go may have expired already, and `this` with it.
    const auto timer = weak.lock();
    if (error || !timer) return;
    const auto now = SteadyClock::now();
    if (now - due < stall) look_after(now);
    if (watch_ == timer) watch(std::min(std::max(next_deadline_, now + std::chrono::milliseconds(1)), now + watch_interval));
  });
}

void CommandConnection::look_after(TimePoint now) {
  if (next_deadline_ <= now) tell_late_ones(now);
  const auto limit = environment_.options.command_timeout;
  if (!is_open()) return;
  // A server that has much to do and answers one command after another is not dead.
  if (!pipeline_.empty() && now - std::max(pipeline_.front().sent_at, connection_->last_read()) > limit)
    fail("no answer within " + std::to_string(limit.count()) + " ms");
  else
    ping(now);
}

/// An idle connection is asked whether it still is one, so that the next command does not have to find out.
void CommandConnection::ping(TimePoint now) {
  if (!pipeline_.empty() || now - connection_->last_read() < ping_after) return;
  Request request;
  request.text = command_text({"PING"});
  request.deadline = TimePoint::max();
  send(std::move(request));
}

void CommandConnection::tell_late_ones(TimePoint now) {
  next_deadline_ = TimePoint::max();
  // Handlers may send: what they append is behind `count` and has a deadline of its own.
  for (std::size_t i = 0, count = pipeline_.size(); i < count && i < pipeline_.size(); ++i) {
    auto& request = pipeline_[i];
    if (request.is_told) continue;
    if (request.deadline <= now) {
      request.is_told = true;
      owner_.on_late(request);
    } else {
      next_deadline_ = std::min(next_deadline_, request.deadline);
    }
  }
}

}  // namespace signaling::redis_adapter
