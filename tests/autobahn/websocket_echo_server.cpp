// A bare WebSocket echo on the project's frame codec and connections, for the Autobahn suite:
//   websocket_echo_server PORT [--tls CERTIFICATE KEY]
// Port 0 lets the kernel choose. Prints `listening on <port>`, runs until SIGTERM or SIGINT.

#include <charconv>
#include <cstdio>
#include <exception>
#include <list>
#include <memory>
#include <optional>
#include <signal.h>
#include <span>
#include <string_view>

#include <signaling/engine/http_exchange.hpp>
#include <signaling/engine/websocket_channel.hpp>
#include <signaling/net/server.hpp>
#include <signaling/net/tls_context.hpp>

using namespace signaling;

namespace {

constexpr std::size_t max_message_bytes = 64 * 1024 * 1024;  // case 9 sends 16 MiB
constexpr std::uint32_t max_fragments = 1'000'000;           // and 4 MiB in fragments of 64 bytes

class EchoService final : public net::HttpService {
 public:
  void handle(engine::HttpExchange& exchange) override {
    if (!exchange.request().wants_websocket) {
      exchange.respond({.status = 426, .body = "This is a WebSocket server.\n", .headers = {{"Upgrade", "websocket"}}});
      return;
    }
    Socket& socket = sockets_.emplace_front(*this);
    socket.self = sockets_.begin();
    socket.channel = &exchange.accept_websocket(socket, {});
  }

 private:
  struct Socket final : engine::WebSocketHandler {
    explicit Socket(EchoService& its_owner) : owner(its_owner) {}
    void on_websocket_message(bool is_binary, std::string_view data) override {
      channel->send(is_binary ? protocol::MessagePtr::binary(std::as_bytes(std::span(data)))
                              : protocol::MessagePtr::text(data));
    }
    void on_websocket_closed(std::uint16_t, bool) override { owner.sockets_.erase(self); }
    void on_websocket_drained() override {}

    EchoService& owner;
    std::list<Socket>::iterator self;
    engine::WebSocketChannel* channel = nullptr;
  };

  std::list<Socket> sockets_;
};

struct Arguments {
  std::uint16_t port = 0;
  std::optional<net::TlsOptions> tls;
};

std::optional<Arguments> parse(std::span<char*> words) {
  Arguments arguments;
  if (words.size() != 2 && words.size() != 5) return std::nullopt;
  const std::string_view port = words[1];
  const auto [end, error] = std::from_chars(port.begin(), port.end(), arguments.port);
  if (error != std::errc() || end != port.end()) return std::nullopt;
  if (words.size() == 5) {
    if (words[2] != std::string_view("--tls")) return std::nullopt;
    arguments.tls = net::TlsOptions{.certificate_file = words[3], .key_file = words[4]};
  }
  return arguments;
}

net::ServerOptions server_options(const Arguments& arguments) {
  net::ServerOptions options;
  net::ListenEndpoint& endpoint = options.endpoints.front();
  endpoint.address = "127.0.0.1";
  endpoint.port = arguments.port;
  if (arguments.tls) endpoint.tls = std::make_shared<const net::TlsContext>(*arguments.tls);
  options.websocket.max_message_bytes = max_message_bytes;
  options.websocket.max_fragments = max_fragments;
  options.websocket.max_send_queue_bytes = 4 * max_message_bytes;
  options.websocket.deflate = net::DeflateOptions{.threshold_bytes = 0};  // the suite's messages begin at 16 bytes
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  const auto arguments = parse({argv, static_cast<std::size_t>(argc)});
  if (!arguments) {
    std::fputs("usage: websocket_echo_server PORT [--tls CERTIFICATE KEY]\n", stderr);
    return 2;
  }
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);  // before the server's threads, which inherit it
  try {
    EchoService service;
    net::Server server(server_options(*arguments));
    server.set_service(0, service);
    server.start();
    std::printf("listening on %u\n", unsigned{server.port()});
    std::fflush(stdout);
    int signal = 0;
    sigwait(&signals, &signal);
    server.stop();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "websocket_echo_server: %s\n", error.what());
    return 1;
  }
  return 0;
}
