#pragma once
// One HTTP request without a connection: carries the request, keeps the answer.

#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <support/fake_channel.hpp>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <signaling/engine/http_exchange.hpp>

namespace signaling::test {

class FakeExchange final : public engine::HttpExchange {
 public:
  using Headers = std::vector<std::pair<std::string, std::string>>;

  FakeExchange(std::string_view method, std::string_view target, std::string_view body = {}, Headers headers = {})
      : stored_(std::make_unique<Stored>()) {
    stored_->method = method;
    stored_->target = target;
    stored_->body = body;
    stored_->headers = std::move(headers);
    engine::HttpRequest& request = stored_->request;
    request.method = stored_->method;
    request.target = stored_->target;
    const std::size_t mark = request.target.find('?');
    request.path = request.target.substr(0, mark);
    if (mark != std::string_view::npos) request.query = request.target.substr(mark + 1);
    for (const auto& [name, value] : stored_->headers) request.headers.emplace_back(name, value);
    request.body = stored_->body;
    request.remote_address = "192.0.2.1";
  }
  FakeExchange(const FakeExchange&) = delete;
  FakeExchange& operator=(const FakeExchange&) = delete;

  /// A valid WebSocket handshake.
  static std::unique_ptr<FakeExchange> websocket(std::string_view target, Headers headers = {}) {
    auto exchange = std::make_unique<FakeExchange>("GET", target, std::string_view{}, std::move(headers));
    exchange->editable_request().wants_websocket = true;
    return exchange;
  }

  const engine::HttpRequest& request() const override {
    if (stored_ == nullptr) {
      ADD_FAILURE() << "HttpExchange::request after its end";
      throw std::logic_error("exchange is over");
    }
    return stored_->request;
  }
  void respond(engine::HttpReply&& reply) override {
    expect_pending("respond");
    reply_ = std::move(reply);
    end();
  }
  engine::WebSocketChannel& accept_websocket(engine::WebSocketHandler& handler, const Headers& headers) override {
    expect_pending("accept_websocket");
    if (stored_ && !stored_->request.wants_websocket) ADD_FAILURE() << "accept_websocket on a request that is no upgrade";
    channel_ = std::make_shared<FakeChannel>(handler);
    accept_headers_ = headers;
    end();
    return *channel_;
  }
  void set_owner(engine::ExchangeOwner* owner) override {
    expect_pending("set_owner");
    owner_ = owner;
  }

  // What the code under test did.

  bool is_pending() const { return stored_ != nullptr; }
  bool is_answered() const { return reply_.has_value(); }
  bool is_accepted() const { return channel_ != nullptr; }
  const engine::HttpReply& reply() const {
    if (!reply_) throw std::logic_error("no answer yet");
    return *reply_;
  }
  unsigned status() const { return reply().status; }
  const std::string& body() const { return reply().body; }
  /// First header of the answer with exactly that name; empty where absent.
  std::string reply_header(std::string_view name) const {
    for (const auto& [key, value] : reply_ ? reply_->headers : accept_headers_) {
      if (key == name) return value;
    }
    return {};
  }
  FakeChannel& channel() const {
    if (!channel_) throw std::logic_error("no WebSocket was accepted");
    return *channel_;
  }
  /// Outlives the exchange.
  std::shared_ptr<FakeChannel> shared_channel() const { return channel_; }

  // The client's part.

  /// The connection goes away before an answer.
  void lose() {
    engine::ExchangeOwner* owner = owner_;
    if (!is_pending()) return;
    end();
    if (owner != nullptr) owner->on_exchange_lost();
  }
  engine::HttpRequest& editable_request() { return stored_->request; }

 private:
  struct Stored {
    std::string method, target, body;
    Headers headers;
    engine::HttpRequest request;
  };
  // The request's memory goes with its answer, as on a connection.
  void end() {
    owner_ = nullptr;
    stored_.reset();
  }
  void expect_pending(const char* what) const {
    if (stored_ == nullptr) ADD_FAILURE() << "HttpExchange::" << what << " after its end";
  }

  std::unique_ptr<Stored> stored_;
  engine::ExchangeOwner* owner_ = nullptr;
  std::optional<engine::HttpReply> reply_;
  Headers accept_headers_;
  std::shared_ptr<FakeChannel> channel_;
};

}  // namespace signaling::test
