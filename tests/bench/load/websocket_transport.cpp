#include "websocket_transport.hpp"

#include <random>

namespace signaling::bench_load {

namespace {

constexpr std::string_view upgrade_request =
    "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
/// As browsers offer it.
constexpr std::string_view deflate_offer = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n";
/// As servers do by default: shorter texts gain nothing.
constexpr std::size_t deflate_threshold_bytes = 1024;

}  // namespace

WebSocketTransport::WebSocketTransport(const Settings& settings, std::vector<Client>& clients, PacketListener& listener)
    : Transport(settings, clients, listener, 1), inflaters_(settings.deflate ? clients.size() : 0) {
  std::random_device device;
  random_ = static_cast<std::uint64_t>(device()) << 32 | device() | 1;
}

void WebSocketTransport::open(Client& client) {
  client.phase = Phase::connecting;
  if (settings_.deflate) inflaters_[client.index].reset();
  open_link(client, links_.of(client.index));
}

void WebSocketTransport::send(Client& client, std::string_view packet) {
  if (!settings_.deflate || packet.size() < deflate_threshold_bytes) return append(client, Opcode::text, packet);
  append(client, Opcode::text, deflater_.deflate(packet), true);
}

void WebSocketTransport::close(Client& client) {
  append(client, Opcode::close, std::string_view("\x03\xE8", 2));  // 1000
  client.phase = Phase::closing;
}

void WebSocketTransport::append(Client& client, Opcode opcode, std::string_view payload, bool is_deflated) {
  Link& link = links_.of(client.index);
  check_output(client, link.output.size());
  // xorshift64: proxies and servers must not be able to rely on the mask, and it costs nothing.
  random_ ^= random_ << 13;
  random_ ^= random_ >> 7;
  random_ ^= random_ << 17;
  append_frame(link.output, opcode, payload, static_cast<std::uint32_t>(random_ >> 32), is_deflated);
  links_.mark_dirty(link);
}

void WebSocketTransport::on_open(Link& link) {
  client_of(link).phase = Phase::upgrading;
  link.output.append(upgrade_request).append(settings_.deflate ? deflate_offer : "").append("\r\n");
  links_.mark_dirty(link);
}

std::size_t WebSocketTransport::on_bytes(Link& link, std::string_view bytes) {
  Client& client = client_of(link);
  const std::size_t size = bytes.size();
  if (client.phase == Phase::upgrading) {
    const std::size_t head = take_answer(client, bytes);
    if (head == 0) return 0;
    bytes.remove_prefix(head);
  }
  ServerFrame frame;
  while (link.fd >= 0) {
    switch (take_frame(bytes, frame)) {
      case FrameStatus::complete: on_frame(link, frame); break;
      case FrameStatus::partial: return size - bytes.size();
      case FrameStatus::unsupported: fail(client, "a frame that no server should send here");
    }
  }
  return size;
}

std::size_t WebSocketTransport::take_answer(Client& client, std::string_view input) {
  const std::size_t end = input.find("\r\n\r\n");
  if (end == std::string_view::npos) {
    if (input.size() > 16'384) fail(client, "an HTTP head without an end");
    return 0;
  }
  if (!input.starts_with("HTTP/1.1 101 ")) fail(client, input.substr(0, input.find('\r')));
  if (settings_.deflate && input.substr(0, end).find("permessage-deflate") == std::string_view::npos) {
    fail(client, "the server does not take permessage-deflate");
  }
  client.phase = Phase::opening;
  return end + 4;
}

void WebSocketTransport::on_frame(Link& link, const ServerFrame& frame) {
  Client& client = client_of(link);
  if (frame.is_deflated && (!settings_.deflate || frame.opcode != Opcode::text)) fail(client, "a compressed frame unasked");
  switch (frame.opcode) {
    case Opcode::text: {
      std::string_view packet = frame.payload;
      if (frame.is_deflated) {
        auto& inflater = inflaters_[client.index];
        if (inflater == nullptr) inflater = std::make_unique<Inflater>();
        packet = inflater->inflate(packet);
      }
      if (packet.empty()) fail(client, "an empty packet");
      return listener_.on_packet(client, packet);
    }
    case Opcode::ping: return append(client, Opcode::pong, frame.payload);
    case Opcode::pong: return;
    case Opcode::close:
      if (client.phase != Phase::closing) fail(client, "closed by the server with a close frame");
      links_.drop(link);
      return end_closed(client);
    case Opcode::binary: break;
  }
  fail(client, "a binary frame or one of a reserved kind");
}

void WebSocketTransport::on_end(Link& link, std::string_view why) {
  Client& client = client_of(link);
  if (client.phase != Phase::closing) fail(client, why);
  end_closed(client);
}

void WebSocketTransport::end_closed(Client& client) {
  client.phase = Phase::closed;
  listener_.on_closed(client);
}

}  // namespace signaling::bench_load
