// The bare uWebSockets program: the least that can be done for the signaling events on WebSocket, one thread. A reference, not
// a server to use: it answers handshakes, and of an event it searches only for the bytes it needs. It checks nothing (neither
// JSON nor UTF-8 beyond what uWebSockets does, nor names, nor membership), announces nobody, refuses nothing. No polling, no
// TLS.
//
// Rooms are uWebSockets' own topics, and so is each client's id: what is published goes out once for each client at the end of
// a turn. A signal sent at once to its target was 143 k and 125 k signals per CPU second at 4 in flight, published 505 k and
// 479 k; at 1 in flight 143 k and 130 k against 128 k and 129 k.
//
// Prints "listening on 127.0.0.1:PORT" and "ready"; ends at SIGTERM.

#include <App.h>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <random>
#include <string>
#include <string_view>

namespace {

struct Client {
  std::string id;
};
using Socket = uWS::WebSocket<false, true, Client>;

std::mt19937_64 random_numbers{std::random_device{}()};

/// As long as those of Socket.IO, 20 characters of base64url.
std::string new_id() {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string id(20, ' ');
  for (char& c : id) c = digits[random_numbers() % 64];
  return id;
}

/// Of a string field: what stands between `"name":"` and the next quote.
std::string_view text_after(std::string_view packet, std::string_view start) {
  const std::size_t begin = packet.find(start);
  if (begin == std::string_view::npos) return {};
  packet.remove_prefix(begin + start.size());
  return packet.substr(0, packet.find('"'));
}

/// `data` is the last field: all up to `}]`.
std::string_view data_of(std::string_view packet) {
  constexpr std::string_view start = "\"data\":";
  const std::size_t begin = packet.find(start);
  if (begin == std::string_view::npos || packet.size() < begin + start.size() + 2) return "null";
  packet.remove_prefix(begin + start.size());
  return packet.substr(0, packet.size() - 2);
}

std::string topic_of(std::string_view room) { return std::string("room ").append(room); }

std::string& relayed(std::string_view event, std::string_view room, std::string_view from, std::string_view data) {
  static std::string text;
  text.assign("42[\"").append(event).append("\",{\"room\":\"").append(room).append("\",\"from\":\"").append(from);
  text.append("\",\"data\":").append(data).append("}]");
  return text;
}

void on_event(Socket* socket, std::string_view packet) {
  const std::size_t bracket = packet.find('[');
  if (bracket == std::string_view::npos || packet.size() < bracket + 3) return;
  const std::string_view ack = packet.substr(2, bracket - 2);
  packet.remove_prefix(bracket + 2);
  const std::string_view room = text_after(packet, "\"room\":\"");
  std::string answer = ack.empty() ? std::string() : std::string("43").append(ack).append("[{\"ok\":true");
  const std::string& id = socket->getUserData()->id;
  switch (packet.front()) {
    case 'j':
      socket->subscribe(topic_of(room));
      if (!ack.empty())
        answer.append(",\"room\":\"")
            .append(room)
            .append("\",\"id\":\"")
            .append(id)
            .append("\",\"peers\":[],\"iceServers\":[]");
      break;
    case 'l': socket->unsubscribe(topic_of(room)); break;
    case 'm': socket->publish(topic_of(room), relayed("message", room, id, data_of(packet)), uWS::OpCode::TEXT); break;
    case 's':
      socket->publish(text_after(packet, "\"to\":\""), relayed("signal", room, id, data_of(packet)), uWS::OpCode::TEXT);
      break;
    default: break;
  }
  if (!ack.empty()) socket->send(answer.append("}]"), uWS::OpCode::TEXT);
}

void on_message(Socket* socket, std::string_view packet) {
  if (packet.starts_with("42")) return on_event(socket, packet);
  Client& client = *socket->getUserData();
  if (packet != "40" || !client.id.empty()) return;  // pongs
  client.id = new_id();
  socket->subscribe(client.id);
  socket->send("40{\"sid\":\"" + client.id + "\"}", uWS::OpCode::TEXT);
}

}  // namespace

int main() {
  std::signal(SIGTERM, [](int) { std::_Exit(0); });
  uWS::App app;
  uWS::App::WebSocketBehavior<Client> behaviour;
  behaviour.compression = uWS::DISABLED;
  behaviour.maxPayloadLength = 1'000'000;
  behaviour.maxBackpressure = 4'000'000;
  behaviour.idleTimeout = 0;
  behaviour.sendPingsAutomatically = false;
  behaviour.open = [](Socket* socket) {
    socket->send(
        "0{\"sid\":\"" + new_id() + "\",\"upgrades\":[],\"pingInterval\":25000,\"pingTimeout\":20000,\"maxPayload\":1000000}",
        uWS::OpCode::TEXT);
    socket->subscribe("heartbeat");
  };
  behaviour.message = [](Socket* socket, std::string_view packet, uWS::OpCode) { on_message(socket, packet); };
  app.ws<Client>("/socket.io/", std::move(behaviour));
  app.listen("127.0.0.1", 0, [](us_listen_socket_t* listener) {
    if (listener == nullptr) {
      std::fputs("cannot listen\n", stderr);
      std::_Exit(1);
    }
    std::printf("listening on 127.0.0.1:%d\nready\n", us_socket_local_port(0, reinterpret_cast<us_socket_t*>(listener)));
    std::fflush(stdout);
  });

  // All at once: nobody is held to an answer.
  static uWS::App* the_app = &app;
  us_timer_t* heartbeat = us_create_timer(reinterpret_cast<us_loop_t*>(uWS::Loop::get()), 1, 0);
  us_timer_set(
      heartbeat, [](us_timer_t*) { the_app->publish("heartbeat", "2", uWS::OpCode::TEXT); }, 25'000, 25'000);
  app.run();
}
