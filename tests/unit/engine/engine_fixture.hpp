#pragma once
// An engine on a fake loop, with a layer above it that records and does what the test tells it to.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <support/fake_exchange.hpp>
#include <support/fake_loop.hpp>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <signaling/engine/engine.hpp>

namespace signaling::engine {

/// What one session's handler was told. Outlives the session.
struct SessionRecord {
  Session* session = nullptr;         ///< nullptr once the handler was destroyed
  std::vector<std::string> messages;  ///< binary ones begin with `b:`
  std::vector<std::string> partial_messages;
  std::vector<CloseReason> closes;
  int upgrades = 0;
  std::function<void(Session&, std::string_view)> on_message;
  std::function<void()> on_close;
};

class RecordingHandler final : public SessionHandler {
 public:
  explicit RecordingHandler(std::shared_ptr<SessionRecord> record) : record_(std::move(record)) {}
  ~RecordingHandler() override { record_->session = nullptr; }
  void on_message(bool is_binary, std::string_view data) override {
    EXPECT_TRUE(record_->closes.empty()) << "on_message after on_close";
    record_->messages.push_back((is_binary ? "b:" : "") + std::string(data));
    if (record_->on_message) record_->on_message(*record_->session, data);
  }
  void on_partial_message(std::string_view text) override {
    EXPECT_TRUE(record_->closes.empty()) << "on_partial_message after on_close";
    record_->partial_messages.emplace_back(text);
  }
  void on_close(CloseReason reason) override {
    record_->closes.push_back(reason);
    if (record_->on_close) record_->on_close();
  }
  void on_upgraded() override { ++record_->upgrades; }

 private:
  std::shared_ptr<SessionRecord> record_;
};

class RecordingFactory final : public SessionFactory {
 public:
  void check_handshake(const HttpRequest& request, std::unique_ptr<HandshakeVerdict> verdict) override {
    ++checks;
    if (check) return check(request, std::move(verdict));
    verdict->allow();
  }
  std::unique_ptr<SessionHandler> open(Session& session, const HttpRequest& request) override {
    auto record = std::make_shared<SessionRecord>();
    record->session = &session;
    record->on_message = on_message;
    records.push_back(record);
    EXPECT_FALSE(request.target.empty());
    if (on_open) on_open(session);
    return std::make_unique<RecordingHandler>(std::move(record));
  }

  int checks = 0;
  std::function<void(const HttpRequest&, std::unique_ptr<HandshakeVerdict>)> check;
  std::function<void(Session&)> on_open;
  std::function<void(Session&, std::string_view)> on_message;  ///< for sessions to come
  std::vector<std::shared_ptr<SessionRecord>> records;
};

class RecordingObserver final : public EngineObserver {
 public:
  void on_session_opened(TransportName) override { ++opened; }
  void on_session_closed(TransportName transport, CloseReason reason) override {
    ++closed;
    last_close = std::string(to_string(transport)) + " " + std::string(to_string(reason));
  }
  void on_upgraded() override { ++upgraded; }
  void on_error(ErrorCode code, std::string_view address) override {
    errors.push_back(code);
    EXPECT_EQ(address, address_of_errors);
  }
  void on_message(bool sent, std::size_t bytes) override { (sent ? sent_bytes : received_bytes) += bytes; }
  void on_dropped(bool is_volatile) override { ++(is_volatile ? volatile_drops : overflows); }
  void on_unavailable(Unavailable reason) override { unavailable.push_back(reason); }
  void on_queue_changed(std::ptrdiff_t bytes) override { queued_bytes += bytes; }

  int opened = 0, closed = 0, upgraded = 0, volatile_drops = 0, overflows = 0;
  std::string last_close;
  std::size_t sent_bytes = 0, received_bytes = 0;
  std::vector<ErrorCode> errors;
  std::string address_of_errors = "192.0.2.1";
  std::vector<Unavailable> unavailable;
  std::ptrdiff_t queued_bytes = 0;
};

inline protocol::MessagePtr text_message(std::string_view data, bool compress = true) {
  return protocol::MessagePtr::text("4", std::span<const std::string_view>(&data, 1), compress);
}
inline protocol::MessagePtr binary_message(std::string_view data) {
  return protocol::MessagePtr::binary(std::as_bytes(std::span(data)));
}
inline SendResult send_text(Session& session, std::string_view data, bool is_volatile = false) {
  const protocol::MessagePtr message = text_message(data);
  return session.send(std::span(&message, 1), is_volatile);
}

class EngineTest : public ::testing::Test {
 protected:
  using Exchange = std::shared_ptr<test::FakeExchange>;
  using Milliseconds = base::Milliseconds;

  /// A session with its record; `channel` where it has a WebSocket.
  struct Opened {
    std::string sid;
    std::shared_ptr<SessionRecord> record;
    std::shared_ptr<test::FakeChannel> channel;
    Session& session() const { return *record->session; }
  };

  /// Made on first use, so that tests set `options` before.
  Engine& engine() {
    if (!engine_) {
      engine_ = std::make_unique<Engine>(options, base::SidSource({1, 2, 3}, 0), Engine::Environment{loop, factory, observer});
    }
    return *engine_;
  }
  void destroy_engine() { engine_.reset(); }

  /// Handled, with the end of the turn. `query` without the `EIO` and, where it names a sid, `transport` that all have.
  Exchange handle(Exchange exchange) {
    exchanges_.push_back(exchange);
    engine().handle(*exchange);
    loop.run_deferred();
    return exchange;
  }
  Exchange request(std::string_view method, const std::string& query, std::string_view body = {},
                   test::FakeExchange::Headers headers = {}) {
    return handle(std::make_shared<test::FakeExchange>(method, "/engine.io/?" + query, body, std::move(headers)));
  }
  Exchange poll(const std::string& sid) { return request("GET", "EIO=4&transport=polling&sid=" + sid); }
  Exchange post(const std::string& sid, std::string_view body, test::FakeExchange::Headers headers = {}) {
    return request("POST", "EIO=4&transport=polling&sid=" + sid, body, std::move(headers));
  }
  Exchange websocket(const std::string& query) {
    return handle(test::FakeExchange::websocket("/engine.io/?EIO=4&transport=websocket" + query));
  }

  Opened open_polling() {
    const Exchange exchange = request("GET", "EIO=4&transport=polling");
    return {sid_in(exchange->body()), factory.records.back(), nullptr};
  }
  Opened open_websocket(const std::string& query = {}) {
    const Exchange exchange = websocket(query);
    auto channel = exchange->shared_channel();
    return {sid_in(channel->take().at(0)), factory.records.back(), channel};
  }
  /// A WebSocket for a session on polling that has said `2probe` and was answered.
  std::shared_ptr<test::FakeChannel> open_probe(const std::string& sid) {
    auto channel = websocket("&sid=" + sid)->shared_channel();
    channel->receive("2probe");
    EXPECT_EQ(channel->take(), std::vector<std::string>{"3probe"});
    return channel;
  }
  Opened open_upgraded() {
    Opened opened = open_polling();
    opened.channel = open_probe(opened.sid);
    opened.channel->receive("5");
    loop.run_deferred();
    return opened;
  }

  static std::string sid_in(std::string_view open_packet) {
    constexpr std::string_view begin = "0{\"sid\":\"";
    EXPECT_EQ(open_packet.substr(0, begin.size()), begin) << open_packet;
    return std::string(open_packet.substr(begin.size(), base::sid_length));
  }
  void expect_gone(const std::string& sid) { EXPECT_EQ(poll(sid)->body(), R"({"code":1,"message":"Session ID unknown"})"); }

  test::FakeLoop loop;
  Options options;
  RecordingFactory factory;
  RecordingObserver observer;

 private:
  std::vector<Exchange> exchanges_;  // connections outlive the engine that answers them
  std::unique_ptr<Engine> engine_;
};

using Strings = std::vector<std::string>;

}  // namespace signaling::engine
