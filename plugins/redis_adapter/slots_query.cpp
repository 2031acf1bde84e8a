#include "slots_query.hpp"

#include "command_text.hpp"
#include "reply.hpp"

namespace signaling::redis_adapter {

void SlotsQuery::ask(ServerLink& link, Handler handler) {
  answer_ = {};
  handler_ = std::move(handler);
  question_ = std::make_shared<bool>(true);
  for (const bool is_last : {false, true}) {
    Request request;
    request.text = is_last ? command_text({"CLUSTER", "SLOTS"}) : command_text({"CLUSTER", "INFO"});
    request.deadline = TimePoint::max();
    request.handler = [this, is_last, address = link.address(), weak = std::weak_ptr(question_)](const Reply& reply) {
      if (weak.expired()) return;
      if (!reply) {
        answer_.problem = address.text() + ": " + std::string(reply.text);
        finish();
      } else {
        read(*reply.value, address);
        if (is_last) finish();
      }
    };
    link.send(std::move(request));
  }
}

void SlotsQuery::ask(std::vector<ServerAddress> candidates, Handler handler) {
  answer_ = {};
  answer_.is_refusal = true;
  handler_ = std::move(handler);
  candidates_ = std::move(candidates);
  next_ = 0;
  ask_next();
}

void SlotsQuery::ask_next() {
  if (connection_) std::exchange(connection_, nullptr)->close();
  if (next_ == candidates_.size()) return finish();
  ConnectionHandler& self = *this;
  connection_ = std::make_shared<Connection>(environment_, self, Purpose::discovery, candidates_[next_++]);
  connection_->open();
}

void SlotsQuery::on_open(const ServerInfo&) {
  connection_->write(command_text({"CLUSTER", "INFO"}));
  connection_->write(command_text({"CLUSTER", "SLOTS"}));
  limit_ = std::make_shared<asio::steady_timer>(environment_.io, environment_.options.command_timeout);
  limit_->async_wait([weak = std::weak_ptr(connection_)](boost::system::error_code error) {
    const auto connection = weak.lock();
    if (!error && connection) connection->fail("no answer");
  });
}

void SlotsQuery::on_reply(redisReply& reply) {
  if (reply.type == REDIS_REPLY_ERROR) return connection_->fail(text_of(reply));
  const ServerAddress asked = connection_->address();
  read(reply, asked);
  if (answer_.map) finish();
}

void SlotsQuery::on_closed(const CloseReason& reason) {
  answer_.is_refusal = answer_.is_refusal && reason.is_refusal;
  answer_.problem += (answer_.problem.empty() ? "" : "; ") + connection_->address().text() + ": " + reason.text;
  ask_next();
}

/// Of CLUSTER INFO or CLUSTER SLOTS: a text or an array.
void SlotsQuery::read(const redisReply& reply, const ServerAddress& asked) {
  if (reply.type == REDIS_REPLY_ARRAY)
    answer_.map = parse_cluster_slots(reply, asked);
  else
    answer_.is_state_ok = text_of(reply).find("cluster_state:ok") != std::string_view::npos;
}

void SlotsQuery::finish() {
  auto answer = std::exchange(answer_, {});
  auto handler = std::exchange(handler_, nullptr);
  cancel();
  if (handler) environment_.guarded("the slots of the cluster", [&] { handler(std::move(answer)); });
}

void SlotsQuery::cancel() {
  handler_ = nullptr;
  question_ = nullptr;
  if (limit_) std::exchange(limit_, nullptr)->cancel();
  if (connection_) std::exchange(connection_, nullptr)->close();
}

}  // namespace signaling::redis_adapter
