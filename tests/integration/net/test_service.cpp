#include "test_service.hpp"

#include <charconv>
#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <string>
#include <utility>

#include "support/raw_client.hpp"

namespace signaling::net::test {
namespace {

int number(std::string_view text) {
  int value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

engine::HttpReply text_reply(std::string body) {
  engine::HttpReply reply;
  reply.content_type = "text/plain";
  reply.body = std::move(body);
  reply.compressible = true;
  return reply;
}

/// What stands still where a peer does not read.
struct Standing {
  std::uint64_t queued = 0;     ///< by the server
  unsigned long not_taken = 0;  ///< by the peer: bytes that the kernel keeps
  unsigned timer = 0;           ///< of the kernel: what it tries next; 0: nothing
  unsigned long next_try = 0;   ///< in the kernel's ticks from now
  /// The same bytes wait for the same, and the timer ran out in between and was set anew.
  bool is_one_try_before(const Standing& later) const {
    return queued > 0 && queued == later.queued && not_taken > 0 && not_taken == later.not_taken && timer != 0 &&
           timer == later.timer && next_try < later.next_try;
  }
};

/// The connection of this port that most bytes wait in.
Standing standing_of(std::uint16_t port, std::uint64_t queued) {
  Standing most{.queued = queued};
  std::ifstream connections("/proc/net/tcp");
  std::string line;
  while (std::getline(connections, line)) {
    unsigned local_port = 0;
    Standing found{.queued = queued};
    if (std::sscanf(line.c_str(), " %*u: %*8x:%4x %*8x:%*4x %*2x %8lx:%*8x %2x:%8lx", &local_port, &found.not_taken,
                    &found.timer, &found.next_try) == 4 &&
        local_port == port && found.not_taken > most.not_taken)
      most = found;
  }
  return most;
}

}  // namespace

class TestService::Echo final : public engine::WebSocketHandler, public base::Timer {
 public:
  explicit Echo(TestService& service) : service_(service) {
    service_.echoes_.insert(this);
    ++service_.events_.opened;
  }
  ~Echo() { service_.echoes_.erase(this); }
  void begin(engine::WebSocketChannel& channel) { channel_ = &channel; }

  void on_websocket_message(bool is_binary, std::string_view data) override {
    ++service_.events_.messages;
    if (data == "throw") throw std::runtime_error("thrown by a handler");
    if (data == "pause") {
      channel_->set_reading(false);
      look_later();
    } else if (data == "abandon") {
      channel_->abandon();
      delete this;
    } else if (data.starts_with("close ")) {
      channel_->send(protocol::MessagePtr::text("bye"));
      channel_->close(static_cast<std::uint16_t>(number(data.substr(6))));
      delete this;
    } else if (is_binary) {
      channel_->send(protocol::MessagePtr::binary(std::as_bytes(std::span(data))));
    } else {
      channel_->send(protocol::MessagePtr::text(data));
    }
  }
  void on_websocket_partial(std::string_view text) override {
    service_.events_.partial_bytes = text.size();
    if (text.starts_with("throw")) throw std::runtime_error("thrown by a handler");
  }
  void on_websocket_closed(std::uint16_t code, bool clean) override {
    if (clean) ++service_.events_.clean_closed;
    service_.events_.last_code = code;
    ++service_.events_.closed;
    delete this;
  }
  void on_websocket_drained() override { ++service_.events_.drained; }
  void on_timer(base::TimePoint) override {
    if (!service_.events_.may_read) return look_later();
    channel_->set_reading(true);
  }
  void look_later() { service_.loop_.timers().arm(*this, service_.loop_.now() + base::Milliseconds(5)); }

  engine::WebSocketChannel* channel_ = nullptr;

 private:
  TestService& service_;
};

/// Keeps an exchange: answers it when its time has come, or not at all.
class TestService::Later final : public engine::ExchangeOwner, public base::Timer {
 public:
  Later(TestService& service, engine::HttpExchange& exchange, bool answers) : service_(service), exchange_(exchange) {
    service_.laters_.insert(this);
    exchange.set_owner(this);
    if (answers) service_.loop_.timers().arm(*this, service_.loop_.now() + base::Milliseconds(20));
  }
  ~Later() override { service_.laters_.erase(this); }
  void on_exchange_lost() override {
    ++service_.events_.lost;
    delete this;
  }

 private:
  void on_timer(base::TimePoint) override {
    if (exchange_.request().wants_websocket) {
      service_.accept(exchange_);
    } else {
      exchange_.respond(text_reply("later"));
    }
    delete this;
  }
  TestService& service_;
  engine::HttpExchange& exchange_;
};

TestService::TestService(Loop& loop, Events& events) : loop_(loop), events_(events) {}

TestService::~TestService() {
  while (!echoes_.empty()) delete *echoes_.begin();
  while (!laters_.empty()) delete *laters_.begin();
}

void TestService::accept(engine::HttpExchange& exchange) {
  const std::string path(exchange.request().path);
  const int burst = path == "/ws-burst" ? number(exchange.request().query) : 0;
  auto* echo = new Echo(*this);
  echo->begin(exchange.accept_websocket(*echo, {{"X-Test", "yes"}}));
  const std::string kilobyte(1024, 'k');
  for (int i = 0; i < burst; ++i) echo->channel_->send(protocol::MessagePtr::text(kilobyte));
}

void TestService::handle(engine::HttpExchange& exchange) {
  const engine::HttpRequest& request = exchange.request();
  if (request.path == "/hello") {
    exchange.respond(text_reply("hello"));
  } else if (request.path == "/echo") {
    exchange.respond(text_reply(std::string(request.body)));
  } else if (request.path == "/address") {
    exchange.respond(text_reply(std::string(request.remote_address) + (request.secure ? " secure" : " plain")));
  } else if (request.path == "/loop") {
    exchange.respond(text_reply(std::to_string(loop_.index())));
  } else if (request.path == "/big") {
    exchange.respond(text_reply(std::string(static_cast<std::size_t>(number(request.query)), 'b')));
  } else if (request.path == "/close") {
    engine::HttpReply reply = text_reply("closing");
    reply.close = true;
    exchange.respond(std::move(reply));
  } else if (request.path == "/throw") {
    throw std::runtime_error("thrown by a service");
  } else if (request.path == "/later" || request.path == "/ws-later") {
    new Later(*this, exchange, true);
  } else if (request.path == "/hold") {
    new Later(*this, exchange, false);
  } else if (request.path.starts_with("/ws") && request.wants_websocket) {
    accept(exchange);
  } else {
    engine::HttpReply reply = text_reply("no such path");
    reply.status = 404;
    exchange.respond(std::move(reply));
  }
}

TestServer::TestServer(ServerOptions options, const ConnectionRouter* router) : server(std::move(options)) {
  for (std::uint32_t i = 0; i < server.loop_count(); ++i) {
    services_.push_back(std::make_unique<TestService>(server.loop(i), events));
    server.set_service(i, *services_.back());
  }
  if (router != nullptr) server.set_router(*router);
  server.start();
}

// The services end with their loops' threads: before the server's loops, which they know, and after the threads.
TestServer::~TestServer() { server.stop(); }

std::uint64_t TestServer::limit(Limit kind) const {
  std::uint64_t sum = 0;
  for (std::uint32_t i = 0; i < server.loop_count(); ++i)
    sum += server.counters(i).limits[static_cast<std::size_t>(kind)].value();
  return sum;
}

std::uint64_t TestServer::bad(BadRequest kind) const {
  std::uint64_t sum = 0;
  for (std::uint32_t i = 0; i < server.loop_count(); ++i)
    sum += server.counters(i).bad_requests[static_cast<std::size_t>(kind)].value();
  return sum;
}

bool TestServer::gets_stuck() const {
  Standing last;
  return signaling::test::eventually([&] {
    // The kernel tries once more, and the peer takes nothing.
    const Standing now = standing_of(port(), server.counters(0).queued_bytes.value());
    return std::exchange(last, now).is_one_try_before(now);
  });
}

bool TestServer::has_nothing_queued() const {
  return signaling::test::eventually([this] { return server.counters(0).queued_bytes.value() == 0; });
}

ServerOptions quick_options() {
  ServerOptions options;
  options.endpoints[0].address = "127.0.0.1";
  options.endpoints[0].port = 0;
  options.http.header_timeout = base::Milliseconds(200);
  options.http.body_timeout = base::Milliseconds(200);
  options.http.keep_alive_timeout = base::Milliseconds(400);
  options.http.write_timeout = base::Milliseconds(300);
  options.http.linger_timeout = base::Milliseconds(500);
  options.websocket.close_timeout = base::Milliseconds(300);
  return options;
}

}  // namespace signaling::net::test
