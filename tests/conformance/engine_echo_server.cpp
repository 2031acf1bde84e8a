// Engine.IO echo under /engine.io/: what the official Engine.IO v4 test suite wants for a server, on `engine` and `net` alone.
// `engine_echo_server PORT [options]`; 0 lets the kernel choose; prints `listening on <port>`; SIGTERM and SIGINT end it.

#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <pthread.h>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include <signaling/engine/engine.hpp>
#include <signaling/net/cors.hpp>
#include <signaling/net/http_compression.hpp>
#include <signaling/net/router.hpp>
#include <signaling/net/server.hpp>

namespace signaling {
namespace {

constexpr const char* usage = R"(usage: engine_echo_server PORT [options]
  --ping-interval MS   default 300
  --ping-timeout MS    default 200
  --upgrade-timeout MS default 10000
  --cookie             set the cookie `io`
  --no-upgrades        polling sessions stay on polling
  --commands           `close` closes the session, `burst` is answered by the numbers 0 to 9999; the rest is echoed
)";

struct Settings {
  std::uint16_t port = 0;
  bool commands = false;
  engine::Options engine;
};

unsigned long number(std::string_view text, unsigned long most) {
  std::size_t used = 0;
  const unsigned long value = std::stoul(std::string(text), &used);
  if (used != text.size() || value > most) throw std::invalid_argument("not a number in range: " + std::string(text));
  return value;
}

Settings parse(std::span<char*> arguments) {
  constexpr unsigned long longest_ms = 3'600'000;
  Settings settings;
  settings.engine.ping_interval = base::Milliseconds(300);
  settings.engine.ping_timeout = base::Milliseconds(200);
  settings.engine.max_payload_bytes = 1'000'000;
  if (arguments.empty()) throw std::invalid_argument("no port");
  settings.port = static_cast<std::uint16_t>(number(arguments[0], 65535));
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    const std::string_view name = arguments[i];
    const auto milliseconds = [&] {
      if (++i == arguments.size()) throw std::invalid_argument(std::string(name) + " wants a number");
      return base::Milliseconds(number(arguments[i], longest_ms));
    };
    if (name == "--ping-interval") {
      settings.engine.ping_interval = milliseconds();
    } else if (name == "--ping-timeout") {
      settings.engine.ping_timeout = milliseconds();
    } else if (name == "--upgrade-timeout") {
      settings.engine.upgrade_timeout = milliseconds();
    } else if (name == "--cookie") {
      settings.engine.cookie.emplace();
    } else if (name == "--no-upgrades") {
      settings.engine.allow_upgrades = false;
    } else if (name == "--commands") {
      settings.commands = true;
    } else {
      throw std::invalid_argument("unknown option " + std::string(name));
    }
  }
  return settings;
}

class EchoHandler final : public engine::SessionHandler {
 public:
  EchoHandler(engine::Session& session, base::EventLoop& loop, bool commands)
      : session_(session), loop_(loop), commands_(commands) {}

  void on_message(bool is_binary, std::string_view data) override {
    if (commands_ && !is_binary && data == "close") return session_.close(engine::CloseReason::forced_close);
    if (commands_ && !is_binary && data == "burst") return send_numbers(0, 10'000);
    send(is_binary ? protocol::MessagePtr::binary(std::as_bytes(std::span(data)))
                   : protocol::MessagePtr::text("4", std::span<const std::string_view>(&data, 1)));
  }
  void on_close(engine::CloseReason) override {}

 private:
  void send(const protocol::MessagePtr& message) { session_.send(std::span(&message, 1)); }

  // A few in each turn of the loop, so that an upgrade happens in between.
  void send_numbers(unsigned long from, unsigned long end) {
    for (int i = 0; i < 20 && from < end; ++i, ++from) send(protocol::MessagePtr::text("4" + std::to_string(from)));
    if (from == end) return;
    loop_.post([this, from, end, alive = std::weak_ptr(alive_)] {
      if (!alive.expired()) send_numbers(from, end);
    });
  }

  engine::Session& session_;
  base::EventLoop& loop_;
  bool commands_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

class EchoFactory final : public engine::SessionFactory {
 public:
  EchoFactory(base::EventLoop& loop, bool commands) : loop_(loop), commands_(commands) {}
  void check_handshake(const engine::HttpRequest&, std::unique_ptr<engine::HandshakeVerdict> verdict) override {
    verdict->allow();
  }
  std::unique_ptr<engine::SessionHandler> open(engine::Session& session, const engine::HttpRequest&) override {
    return std::make_unique<EchoHandler>(session, loop_, commands_);
  }

 private:
  base::EventLoop& loop_;
  bool commands_;
};

class EngineService final : public net::HttpService {
 public:
  explicit EngineService(engine::Engine& engine) : engine_(engine) {}
  void handle(engine::HttpExchange& exchange) override { engine_.handle(exchange); }
  const net::ResponsePolicy* policy(const engine::HttpRequest&) const override { return &policy_; }

 private:
  engine::Engine& engine_;
  net::Cors cors_{net::CorsOptions{}};
  net::CompressionOptions compression_;
  net::ResponsePolicy policy_{&cors_, &compression_};
};

void serve(const Settings& settings) {
  // Blocked before the loop's thread exists, so that it is this thread that gets them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  net::ServerOptions options;
  options.endpoints[0].address = "127.0.0.1";
  options.endpoints[0].port = settings.port;
  options.http.max_body_bytes = settings.engine.max_payload_bytes;
  options.websocket.max_message_bytes = settings.engine.max_payload_bytes;
  net::Server server(options);
  net::Loop& loop = server.loop(0);
  EchoFactory factory(loop, settings.commands);
  engine::EngineObserver observer;
  engine::Engine engine(settings.engine, base::SidSource(base::random_node_tag(), 0), {loop, factory, observer});
  EngineService service(engine);
  net::Router router;
  router.add_prefix("/engine.io/", service);
  server.set_service(0, router);
  server.start();
  std::cout << "listening on " << server.port() << std::endl;

  int received = 0;
  sigwait(&signals, &received);
  loop.post([&engine] { engine.close_all(); });
  server.shutdown(base::Milliseconds(5000));
}

}  // namespace
}  // namespace signaling

int main(int argc, char** argv) {
  try {
    signaling::serve(signaling::parse(std::span(argv, static_cast<std::size_t>(argc)).subspan(1)));
    return EXIT_SUCCESS;
  } catch (const std::invalid_argument& error) {
    std::cerr << "engine_echo_server: " << error.what() << '\n' << signaling::usage;
  } catch (const std::exception& error) {
    std::cerr << "engine_echo_server: " << error.what() << '\n';
  }
  return EXIT_FAILURE;
}
