#include "server_exchange.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include <signaling/plugin_api/callbacks.hpp>
#include <signaling/test_kit/received.hpp>

namespace signaling::testing {

using plugin_api::Bytes;
using plugin_api::Status;

ServerExchange::ServerExchange(FakeHost& clock, std::uint32_t timeout_ms, plugin_api::ServerAnswersHandler* handler)
    : clock_(clock), handler_(handler) {
  if (handler_ == nullptr) return;
  timer_ = clock_.start_timer(timeout_ms, plugin_api::make_task([this] {
                                timer_.reset();
                                finish(Status::timeout);
                              }));
}

ServerExchange::~ServerExchange() {
  if (handler_ != nullptr) handler_->release();
}

void ServerExchange::Reply::answer(const plugin_api::Payload& args) {
  if (std::exchange(is_done_, true)) return;
  Received what = receive(args);
  exchange_.answers_.push_back({node_, std::move(what.text), std::move(what.attachments)});
  exchange_.check();
}

void ServerExchange::Reply::end_handler() {
  if (is_done_ || is_deferred_) return;
  is_done_ = true;
  exchange_.check();
}

void ServerExchange::all_asked() {
  are_all_asked_ = true;
  check();
}

void ServerExchange::check() {
  if (are_all_asked_ && std::all_of(replies_.begin(), replies_.end(), [](const Reply& reply) { return reply.is_done_; })) {
    finish(Status::ok);
  }
}

void ServerExchange::finish(Status status) {
  if (handler_ == nullptr) return;
  if (timer_) clock_.cancel_timer(*std::exchange(timer_, std::nullopt));
  std::vector<std::vector<Bytes>> bytes;
  std::vector<plugin_api::ServerAnswersHandler::Answer> views;
  for (const Answer& answer : answers_) {
    auto& parts = bytes.emplace_back();
    for (const std::string& part : answer.attachments) parts.push_back(std::as_bytes(std::span(part.data(), part.size())));
  }
  for (std::size_t i = 0; i < answers_.size(); ++i) views.push_back({answers_[i].node, answers_[i].args, bytes[i]});
  std::vector<std::string_view> missing;
  for (const Reply& reply : replies_) {
    if (!reply.is_done_) missing.push_back(reply.node_);
  }
  plugin_api::ServerAnswersHandler* const told = std::exchange(handler_, nullptr);
  told->on_answers(status, views, missing);
  told->release();
}

}  // namespace signaling::testing
