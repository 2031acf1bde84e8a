#include "forwarded_request.hpp"

#include <utility>

#include "context.hpp"
#include "flow.hpp"
#include "item_writer.hpp"

namespace signaling::forwarding {
namespace {

Outcome outcome_of(plugin_api::Status status) noexcept {
  switch (status) {
    case plugin_api::Status::not_found: return Outcome::unknown_node;
    case plugin_api::Status::timeout: return Outcome::timeout;
    case plugin_api::Status::too_many: return Outcome::too_many;
    case plugin_api::Status::ok:
    case plugin_api::Status::closed: return Outcome::refused;  // closed without an answer
    default: return Outcome::unavailable;
  }
}

std::string_view text_of(Outcome outcome) noexcept {
  switch (outcome) {
    case Outcome::timeout: return "The node of this session does not answer";
    case Outcome::refused: return "The node of this session does not take the request";
    case Outcome::too_many: return "Too many requests wait for other nodes";
    default: return "The node of this session cannot be reached";
  }
}

// Any status but 200 ends the transport of official clients, which then connect anew (engine.io-client `Polling`, "xhr poll
// error"); a WebSocket that is refused leaves its session on polling. 503 tells everybody else that it is our trouble.
engine::HttpReply unavailable_reply(Outcome outcome) {
  engine::HttpReply reply;
  reply.status = 503;
  reply.content_type = "text/plain; charset=utf-8";
  reply.body = text_of(outcome);
  return reply;
}

// Of a node that does not exist this node's own engine knows nothing either: code 1, unless the request is wrong in a way that
// the engine finds first.
void answer(Context& context, engine::HttpExchange& exchange, Outcome outcome) {
  if (outcome == Outcome::unknown_node) return context.engine().handle(exchange);
  exchange.respond(unavailable_reply(outcome));
}

}  // namespace

void ForwardedRequest::begin(Context& context, engine::HttpExchange& exchange, const base::Sid& sid) {
  const Options& options = context.options();
  const Counters& counters = context.counters();
  const engine::HttpRequest& request = exchange.request();
  const std::size_t body_bytes = context.waiting_body_bytes;
  if (counters.waiting.value() >= options.max_requests ||
      (request.wants_websocket && counters.tunnels.value() >= options.max_tunnels) ||
      (body_bytes > 0 && body_bytes + request.body.size() > options.max_waiting_body_bytes)) {
    context.counters().outcomes[static_cast<std::size_t>(Outcome::too_many)].add();
    return answer(context, exchange, Outcome::too_many);
  }
  auto forwarded = std::make_unique<ForwardedRequest>(context, exchange);
  ForwardedRequest& self = *forwarded;
  context.add(std::move(forwarded));
  const plugin_api::Status status = self.converse(sid);
  if (status != plugin_api::Status::ok) self.end_with(outcome_of(status));
}

ForwardedRequest::ForwardedRequest(Context& context, engine::HttpExchange& exchange)
    : ConversationEnd(context), exchange_(&exchange), body_bytes_(exchange.request().body.size()) {
  exchange.set_owner(this);
  context_.counters().waiting.add();
  context_.waiting_body_bytes += body_bytes_;
}

ForwardedRequest::~ForwardedRequest() {
  if (tunnel_) context_.counters().tunnels.subtract();
  conversation_.reset();  // it calls this
}

plugin_api::Status ForwardedRequest::converse(const base::Sid& sid) {
  auto writer = context_.take_writer();
  writer->request(exchange_->request());
  if (context_.is_draining()) {
    is_drained_ = true;
    writer->answer_now();
  }
  auto status = plugin_api::Status::unavailable;
  conversation_ = context_.conversations().begin(sid.node_tag(), sid.loop(), writer->bytes(), context_.options().idle_timeout,
                                                 *this, status);
  if (conversation_) context_.counters().bytes_sent.add(writer->size());
  context_.give_back(std::move(writer));
  if (conversation_) return plugin_api::Status::ok;
  return status == plugin_api::Status::ok ? plugin_api::Status::unavailable : status;
}

// The wait is over; the exchange is the caller's. nullptr where it was over before.
engine::HttpExchange* ForwardedRequest::take_exchange(Outcome outcome) {
  engine::HttpExchange* exchange = std::exchange(exchange_, nullptr);
  if (exchange == nullptr) return nullptr;
  context_.counters().outcomes[static_cast<std::size_t>(outcome)].add();
  context_.counters().waiting.subtract();
  context_.waiting_body_bytes -= body_bytes_;
  return exchange;
}

void ForwardedRequest::end_with(Outcome outcome) {
  if (has_finished()) return;
  if (tunnel_) return tunnel_->end(close_way_lost);
  if (engine::HttpExchange* exchange = take_exchange(outcome)) {
    exchange->set_owner(nullptr);
    answer(context_, *exchange, outcome);
  }
  finish();
}

void ForwardedRequest::on_closed(plugin_api::Status status) {
  stop_talking();
  end_with(outcome_of(status));
}

void ForwardedRequest::on_malformed() { end_with(Outcome::refused); }

void ForwardedRequest::on_exchange_lost() {
  take_exchange(Outcome::client_lost);
  finish();  // which tells the owner
}

void ForwardedRequest::drain() {
  is_drained_ = true;
  if (tunnel_) {
    tunnel_->end(close_node_stops);
  } else if (exchange_ != nullptr) {
    say().answer_now();
  }
}

void ForwardedRequest::lose() {
  if (engine::HttpExchange* exchange = take_exchange(Outcome::client_lost)) exchange->set_owner(nullptr);
  if (tunnel_) tunnel_->abandon();
}

void ForwardedRequest::on_reply(const ReplyItem& item) {
  if (has_finished()) return;
  engine::HttpExchange* exchange = take_exchange(Outcome::answered);
  if (exchange == nullptr) return on_malformed();
  engine::HttpReply reply;
  reply.status = item.status;
  reply.content_type = {};  // its text would have to outlive the message
  if (!item.content_type.empty()) reply.headers.emplace_back("Content-Type", item.content_type);
  for (const auto& [name, value] : item.headers) reply.headers.emplace_back(name, value);
  reply.body = item.body;
  reply.compressible = item.compressible;
  reply.close = item.close || is_drained_;  // the next request is to go through another node
  exchange->respond(std::move(reply));
  finish();
}

void ForwardedRequest::on_accept(const HeaderViews& headers) {
  if (has_finished()) return;
  if (exchange_ == nullptr || !exchange_->request().wants_websocket) return on_malformed();
  Headers copy;
  for (const auto& [name, value] : headers) copy.emplace_back(name, value);
  tunnel_.emplace(*this, context_);
  context_.counters().tunnels.add();
  tunnel_->attach(take_exchange(Outcome::accepted)->accept_websocket(*tunnel_, copy));
  if (is_drained_ || context_.is_draining()) drain();
}

void ForwardedRequest::on_frame(const FrameItem& item) {
  if (has_finished()) return;
  if (!tunnel_) return on_malformed();
  tunnel_->send(item);
}

void ForwardedRequest::on_written(std::uint64_t bytes) {
  if (tunnel_ && !has_finished()) tunnel_->on_taken(bytes);
}

void ForwardedRequest::on_close(std::uint16_t code, bool) {
  if (has_finished()) return;
  if (!tunnel_) return on_malformed();
  stop_talking();
  tunnel_->end(code);
}

void ForwardedRequest::on_abandon() {
  if (has_finished()) return;
  if (!tunnel_) return on_malformed();
  tunnel_->abandon();
  finish();
}

}  // namespace signaling::forwarding
