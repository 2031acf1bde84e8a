#include "served_request.hpp"

#include <utility>

#include "context.hpp"
#include "item_writer.hpp"

namespace signaling::forwarding {
namespace {

constexpr std::uint16_t closed_abnormally = 1006;

}  // namespace

// What the conversation calls. It and the request may each be destroyed before the other.
class ServedRequest::Ear final : public socketio::ConversationHandler {
 public:
  explicit Ear(ServedRequest& request) : request_(&request) { request.ear_ = this; }
  ~Ear() override {
    if (request_ != nullptr) request_->ear_ = nullptr;
  }
  void forget() noexcept { request_ = nullptr; }

 private:
  void on_message(plugin_api::Bytes body) override {
    if (request_ != nullptr) request_->hear(body);
  }
  void on_closed(plugin_api::Status) override {
    if (request_ != nullptr) request_->on_closed();
  }

  ServedRequest* request_;
};

std::unique_ptr<socketio::ConversationHandler> ServedRequest::accept(Context& context,
                                                                     std::unique_ptr<socketio::Conversation> conversation,
                                                                     plugin_api::Bytes first) {
  Counters& counters = context.counters();
  const Options& options = context.options();
  if (counters.serving.value() >= options.max_requests) {
    counters.served_refused.add();
    return nullptr;
  }
  auto served = std::make_unique<ServedRequest>(context, std::move(conversation), first);
  const bool is_one_too_many = served->request_.wants_websocket && counters.served_tunnels.value() >= options.max_tunnels;
  if (!served->is_pending_ || served->has_finished() || is_one_too_many) {
    counters.served_refused.add();
    return nullptr;
  }
  counters.served.add();
  auto ear = std::make_unique<Ear>(*served);
  context.start_later(*served);
  context.add(std::move(served));
  return ear;
}

ServedRequest::ServedRequest(Context& context, std::unique_ptr<socketio::Conversation> conversation, plugin_api::Bytes first)
    : ConversationEnd(context), first_(reinterpret_cast<const char*>(first.data()), first.size()) {
  conversation_ = std::move(conversation);
  context_.counters().bytes_received.add(first_.size());
  if (!decode_items(std::as_bytes(std::span(first_)), *this)) {
    context_.counters().malformed.add();
    has_request_ = false;
  }
  is_pending_ = has_request_;
  if (is_pending_) context_.counters().serving.add();
}

ServedRequest::~ServedRequest() {
  if (ear_ != nullptr) ear_->forget();
  if (is_pending_) context_.counters().serving.subtract();
}

void ServedRequest::start() {
  if (has_finished()) return;
  has_started_ = true;
  try {
    context_.engine().handle(*this);
  } catch (...) {
    context_.counters().exceptions.add();
    engine::HttpReply reply;
    reply.status = 500;
    reply.close = true;
    if (is_pending_) respond(std::move(reply));
  }
  if (must_hurry_ && is_pending_ && owner_ != nullptr) owner_->on_answer_wanted();
}

void ServedRequest::settle() {
  if (!std::exchange(is_pending_, false)) return;
  owner_ = nullptr;
  context_.counters().serving.subtract();
}

void ServedRequest::respond(engine::HttpReply&& reply) {
  if (has_finished() || !is_pending_) return;
  settle();
  say().reply(reply);
  finish();
}

engine::WebSocketChannel& ServedRequest::accept_websocket(engine::WebSocketHandler& handler, const Headers& headers) {
  settle();
  say().accept(headers);
  return channel_.emplace(*this, context_, handler);
}

void ServedRequest::on_request(engine::HttpRequest&& request) {
  if (has_request_) return;
  has_request_ = true;
  request_ = std::move(request);
}

void ServedRequest::on_frame(const FrameItem& item) {
  if (has_finished()) return;
  if (!channel_) return on_malformed();
  channel_->receive(item);
}

void ServedRequest::on_written(std::uint64_t bytes) {
  if (channel_ && !has_finished()) channel_->on_written(bytes);
}

void ServedRequest::on_close(std::uint16_t code, bool clean) {
  if (has_finished()) return;
  if (!channel_) return on_malformed();
  channel_->on_closed(code, clean);
  finish();
}

void ServedRequest::on_answer_now() {
  must_hurry_ = true;
  if (has_started_ && is_pending_ && owner_ != nullptr && !has_finished()) owner_->on_answer_wanted();
}

void ServedRequest::on_malformed() {
  if (has_request_) end_lost();
}

void ServedRequest::on_closed() {
  stop_talking();
  end_lost();
}

// The client is gone, or the way to it: as a connection of this node that is lost.
void ServedRequest::end_lost() {
  if (has_finished()) return;
  engine::ExchangeOwner* owner = is_pending_ ? owner_ : nullptr;
  settle();
  finish();
  if (owner != nullptr) owner->on_exchange_lost();
  if (channel_) channel_->on_closed(closed_abnormally, false);
}

}  // namespace signaling::forwarding
