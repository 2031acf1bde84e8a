// Bytes of several clients to sessions of one engine: the real HTTP reader, WebSocket handshake check, frame reader and
// Engine.IO server; the connections are fakes that check the contracts between them. At the end all clients go and time passes:
// nothing may be left.
//
// An input is what clients send, with a byte of these before a byte n (none of them occurs in UTF-8):
//   F8 n  client n % 4 goes on from here; anew, where its connection has ended
//   F9 n  n seconds pass
//   FA n  here stands the id of session n
//   FB n  client n % 4 is gone
//   FC n  the byte n as it is

#include <array>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <support/fake_exchange.hpp>
#include <support/fake_loop.hpp>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <signaling/engine/engine.hpp>
#include <signaling/protocol/websocket_reader.hpp>

#include "expect.hpp"
#include "http_reader.hpp"
#include "websocket_handshake.hpp"

namespace {

using namespace signaling;
using namespace std::chrono_literals;

/// The fakes report by gtest, which aborts outside of a test only when it is told to.
const bool failures_abort = [] {
  ::testing::FLAGS_gtest_break_on_failure = true;
  return true;
}();

constexpr std::size_t max_body_bytes = 2048;

/// Answers `wait` in the query later, refuses `deny`; its sessions tell back what they hear and close when told to.
class Application final : public engine::SessionFactory, public engine::EngineObserver {
 public:
  void check_handshake(const engine::HttpRequest& request, std::unique_ptr<engine::HandshakeVerdict> verdict) override {
    if (request.query.find("deny") != std::string_view::npos) return verdict->refuse({"no"});
    if (request.query.find("wait") != std::string_view::npos) return waiting_.push_back(std::move(verdict));
    verdict->allow();
  }
  std::unique_ptr<engine::SessionHandler> open(engine::Session& session, const engine::HttpRequest&) override {
    sids.emplace_back(session.sid().view());
    ++open_handlers;
    return std::make_unique<Handler>(*this, session);
  }
  void on_session_opened(engine::TransportName) override { ++open_sessions; }
  void on_session_closed(engine::TransportName, engine::CloseReason) override { --open_sessions; }
  void on_queue_changed(std::ptrdiff_t bytes) override { queued_bytes += bytes; }

  void let_in() {
    for (auto& verdict : std::exchange(waiting_, {})) verdict->allow();
  }
  void forget_waiting() { waiting_.clear(); }

  std::vector<std::string> sids;
  int open_sessions = 0;
  int open_handlers = 0;
  std::ptrdiff_t queued_bytes = 0;

 private:
  class Handler final : public engine::SessionHandler {
   public:
    Handler(Application& application, engine::Session& session) : application_(application), session_(session) {}
    ~Handler() override {
      SIGNALING_FUZZ_EXPECT(is_closed_);
      --application_.open_handlers;
    }
    void on_message(bool is_binary, std::string_view data) override {
      SIGNALING_FUZZ_EXPECT(!is_closed_ && data.size() <= max_body_bytes);
      if (data == "close") return session_.close(engine::CloseReason::forced_close);
      const auto message = is_binary ? protocol::MessagePtr::binary(std::as_bytes(std::span(data)))
                                     : protocol::MessagePtr::text("4", std::span<const std::string_view>(&data, 1));
      (void)session_.send(std::span(&message, 1), data == "volatile");
    }
    void on_close(engine::CloseReason) override {
      SIGNALING_FUZZ_EXPECT(!is_closed_);
      is_closed_ = true;
    }

   private:
    Application& application_;
    engine::Session& session_;
    bool is_closed_ = false;
  };

  std::vector<std::unique_ptr<engine::HandshakeVerdict>> waiting_;
};

/// One TCP connection: what comes is read as HTTP, one request at a time, then as frames.
class Client {
 public:
  Client(engine::Engine& engine, test::FakeLoop& loop) : engine_(engine), loop_(loop) {}

  bool has_ended() const { return has_ended_; }
  void deliver(std::string_view bytes) {
    if (has_ended_) return;
    ahead_ += bytes;
    go_on();
  }
  /// Whatever the server did in the meantime.
  void go_on() {
    while (!has_ended_ && step()) {
    }
  }
  void lose() {
    if (exchange_ && exchange_->is_pending()) exchange_->lose();
    if (channel_ && channel_->is_open()) channel_->connection_lost();
    has_ended_ = true;
  }
  void expect_done() const {
    SIGNALING_FUZZ_EXPECT(!exchange_ || !exchange_->is_pending());
    SIGNALING_FUZZ_EXPECT(!channel_ || !channel_->is_open());
  }

 private:
  /// False where nothing more can be done for now.
  bool step() {
    if (channel_) return read_frames();
    if (!exchange_) return read_request();
    if (exchange_->is_pending()) return false;
    if (exchange_->is_accepted()) {
      channel_ = exchange_->shared_channel();
      return true;
    }
    check_answer(exchange_->reply());
    if (exchange_->reply().close || !reader_.keep_alive()) return end();
    exchange_.reset();
    reader_.reset();
    return true;
  }

  bool read_request() {
    const std::vector<char> exact(ahead_.begin(), ahead_.end());  // reading past it is seen
    std::string_view input(exact.data(), exact.size());
    net::HttpReader::Status status{};
    do status = reader_.read(input);
    while (status == net::HttpReader::Status::header);
    ahead_ = std::string(input);
    if (status == net::HttpReader::Status::error) {
      const unsigned code = reader_.error().status;
      SIGNALING_FUZZ_EXPECT(code == 400 || code == 413 || code == 417 || code == 431);
      return end();
    }
    if (status == net::HttpReader::Status::need_more) {
      SIGNALING_FUZZ_EXPECT(input.empty());
      return false;
    }
    return serve(reader_.request());
  }

  bool serve(const engine::HttpRequest& request) {
    SIGNALING_FUZZ_EXPECT(request.body.size() <= max_body_bytes);
    const net::UpgradeCheck upgrade = net::check_upgrade(request, reader_.is_http_1_0());
    if (upgrade == net::UpgradeCheck::bad_request || upgrade == net::UpgradeCheck::unsupported_version) return end();
    test::FakeExchange::Headers headers;
    for (const auto& [name, value] : request.headers) headers.emplace_back(name, value);
    exchange_ = std::make_shared<test::FakeExchange>(request.method, request.target, request.body, std::move(headers));
    exchange_->editable_request().wants_websocket = upgrade == net::UpgradeCheck::websocket;
    if (upgrade == net::UpgradeCheck::websocket) (void)net::negotiate_deflate(request);
    engine_.handle(*exchange_);
    loop_.run_deferred();
    return true;
  }

  static void check_answer(const engine::HttpReply& reply) {
    constexpr std::array allowed{200u, 400u, 403u, 405u, 503u};
    SIGNALING_FUZZ_EXPECT(std::find(allowed.begin(), allowed.end(), reply.status) != allowed.end());
    for (const auto& [name, value] : reply.headers) {
      SIGNALING_FUZZ_EXPECT((name + value).find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos);
    }
  }

  bool read_frames() {
    std::vector<char> exact(ahead_.begin(), ahead_.end());
    std::span<char> input(exact);
    ahead_.clear();
    while (channel_->is_open() && channel_->is_reading()) {
      const protocol::WebSocketEvent event = frames_.next(context_, input);
      using Kind = protocol::WebSocketEvent::Kind;
      if (event.kind == Kind::none) break;
      if (event.kind == Kind::message) {
        if (event.is_binary) {
          channel_->receive_binary(event.payload);
        } else {
          channel_->receive(event.payload);
        }
      }
      if (event.kind == Kind::close) channel_->client_closes(event.code);
      if (event.kind == Kind::error) channel_->client_closes(event.code, false);
      loop_.run_deferred();
    }
    context_.trim();
    if (!channel_->is_open()) return end();
    ahead_.assign(input.begin(), input.end());
    return false;
  }

  bool end() {
    has_ended_ = true;
    return false;
  }

  static const net::HttpLimits& limits() {
    static const net::HttpLimits small = [] {
      net::HttpLimits made;
      made.max_header_bytes = 1024;
      made.max_body_bytes = max_body_bytes;
      return made;
    }();
    return small;
  }

  engine::Engine& engine_;
  test::FakeLoop& loop_;
  net::HttpReader reader_{limits()};
  protocol::WebSocketReadContext context_{{.max_message_bytes = max_body_bytes, .max_fragments = 8, .max_control_frames = 4}};
  protocol::WebSocketReader frames_;
  std::shared_ptr<test::FakeExchange> exchange_;
  std::shared_ptr<test::FakeChannel> channel_;
  std::string ahead_;
  bool has_ended_ = false;
};

class Run {
 public:
  Run() : engine_(options(), base::SidSource({1, 2, 3}, 0), {loop_, application_, application_}) {}

  void play(std::string_view input) {
    std::string piece;
    for (std::size_t at = 0; at < input.size(); ++at) {
      const auto byte = static_cast<unsigned char>(input[at]);
      if (byte < 0xF8 || byte > 0xFC || at + 1 == input.size()) {
        piece.push_back(input[at]);
        continue;
      }
      const auto number = static_cast<unsigned char>(input[++at]);
      if (byte == 0xFC) {
        piece.push_back(static_cast<char>(number));
      } else if (byte == 0xFA) {
        if (!application_.sids.empty()) piece += application_.sids[number % application_.sids.size()];
      } else {
        send(std::exchange(piece, {}));
        act(byte, number);
      }
    }
    send(piece);
  }

  void end() {
    for (const auto& client : clients_) {
      if (client) client->lose();
    }
    application_.let_in();
    loop_.advance(200s);  // heartbeat, close and handshake timeouts are all over by then
    SIGNALING_FUZZ_EXPECT(engine_.session_count() == 0 && application_.open_sessions == 0);
    SIGNALING_FUZZ_EXPECT(application_.open_handlers == 0 && application_.queued_bytes == 0);
    for (const auto& client : gone_) client->expect_done();
    for (const auto& client : clients_) {
      if (client) client->expect_done();
    }
  }

 private:
  static engine::Options options() {
    engine::Options options;
    options.max_payload_bytes = max_body_bytes;
    options.max_send_queue_bytes = 2 * max_body_bytes;
    options.max_sessions = 6;
    return options;
  }

  void act(unsigned char what, unsigned char number) {
    if (what == 0xF9) {
      loop_.advance(std::chrono::seconds(number));
      application_.let_in();
      loop_.run();
    } else if (what == 0xFB) {
      if (auto& client = clients_[number % clients_.size()]) client->lose();
      loop_.run();
    } else {
      current_ = number % clients_.size();
    }
    go_on();
  }

  void send(std::string_view bytes) {
    if (bytes.empty()) return;
    auto& client = clients_[current_];
    if (client && client->has_ended()) {
      client->lose();
      gone_.push_back(std::exchange(client, nullptr));
    }
    if (!client) client = std::make_shared<Client>(engine_, loop_);
    client->deliver(bytes);
    go_on();
  }

  void go_on() {
    loop_.run();
    for (const auto& client : clients_) {
      if (client) client->go_on();
    }
    loop_.run();
  }

  test::FakeLoop loop_;
  Application application_;
  // Connections outlive the engine that answers them.
  std::vector<std::shared_ptr<Client>> gone_;
  std::array<std::shared_ptr<Client>, 4> clients_;
  std::size_t current_ = 0;
  engine::Engine engine_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (!failures_abort) return 0;
  Run run;
  run.play({reinterpret_cast<const char*>(data), size});
  run.end();
  return 0;
}
