#pragma once
// Builds what a WebSocket client sends, valid or not, and collects what a reader makes of it.

#include <array>
#include <cstdint>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <signaling/protocol/websocket_reader.hpp>

namespace signaling::protocol::test {

struct ClientFrame {
  std::uint8_t first_byte = 0x81;  ///< FIN, RSV, opcode
  std::string payload = {};
  bool masked = true;
  std::array<char, 4> key{'\x37', '\xfa', '\x21', '\x3d'};
  int length_bytes = 0;                         ///< 0: shortest; 2 or 8: extended length of that many bytes
  std::uint64_t announced = ~std::uint64_t{0};  ///< length to announce; default: that of the payload

  std::string bytes() const {
    const std::uint64_t length = announced == ~std::uint64_t{0} ? payload.size() : announced;
    const int extra = length_bytes != 0 ? length_bytes : length < 126 ? 0 : length <= 0xFFFF ? 2 : 8;
    std::string out(1, static_cast<char>(first_byte));
    const int seven = extra == 0 ? static_cast<int>(length) : extra == 2 ? 126 : 127;
    out += static_cast<char>((masked ? 0x80 : 0) | seven);
    for (int i = extra - 1; i >= 0; --i) out += static_cast<char>(length >> (8 * i) & 0xFF);
    if (!masked) return out + payload;
    out.append(key.data(), key.size());
    for (std::size_t i = 0; i < payload.size(); ++i) out += static_cast<char>(payload[i] ^ key[i & 3]);
    return out;
  }
};

inline std::string frame(std::uint8_t first_byte, std::string_view payload) {
  return ClientFrame{.first_byte = first_byte, .payload = std::string(payload)}.bytes();
}
inline std::string text(std::string_view payload) { return frame(0x81, payload); }
inline std::string binary(std::string_view payload) { return frame(0x82, payload); }
inline std::string ping(std::string_view payload = {}) { return frame(0x89, payload); }
inline std::string pong(std::string_view payload = {}) { return frame(0x8A, payload); }
inline std::string close(std::string_view body = {}) { return frame(0x88, body); }
inline std::string close(std::uint16_t code, std::string_view reason = {}) {
  return close(std::string{static_cast<char>(code >> 8), static_cast<char>(code & 0xFF)} + std::string(reason));
}

/// An event with its payload copied.
struct Seen {
  WebSocketEvent::Kind kind = WebSocketEvent::Kind::none;
  std::string payload = {};
  bool is_binary = false;
  std::uint16_t code = 0;
  friend bool operator==(const Seen&, const Seen&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Seen& seen) {
    return out << "kind " << int{static_cast<std::uint8_t>(seen.kind)} << (seen.is_binary ? " binary" : " text") << " code "
               << seen.code << " '" << seen.payload.substr(0, 80) << "' (" << seen.payload.size() << ")";
  }
};
inline Seen message(std::string_view payload, bool is_binary = false) {
  return {WebSocketEvent::Kind::message, std::string(payload), is_binary, 0};
}
inline Seen pinged(std::string_view payload = {}) { return {WebSocketEvent::Kind::ping, std::string(payload), false, 0}; }
inline Seen ponged(std::string_view payload = {}) { return {WebSocketEvent::Kind::pong, std::string(payload), false, 0}; }
inline Seen closed(std::uint16_t code, std::string_view reason = {}) {
  return {WebSocketEvent::Kind::close, std::string(reason), false, code};
}
/// Errors are compared by code; the text is for people.
inline Seen error(std::uint16_t code) { return {WebSocketEvent::Kind::error, {}, false, code}; }

/// One connection under test.
class Connection {
 public:
  explicit Connection(bool deflate = false, const WebSocketLimits& limits = {}) : context(limits), reader(deflate) {}

  /// Feeds `bytes` as one received span of exactly that size, so that sanitizers see a read past it.
  void feed(std::string_view bytes) {
    std::vector<char> received(bytes.begin(), bytes.end());
    std::span<char> input(received);
    for (;;) {
      const WebSocketEvent event = reader.next(context, input);
      if (event.kind == WebSocketEvent::Kind::none) break;
      const bool is_error = event.kind == WebSocketEvent::Kind::error;
      seen.push_back({event.kind, std::string(is_error ? std::string_view{} : event.payload), event.is_binary, event.code});
    }
    context.trim();
  }
  std::vector<Seen> operator()(std::string_view bytes) {
    feed(bytes);
    return seen;
  }

  WebSocketReadContext context;
  WebSocketReader reader;
  std::vector<Seen> seen;
};

}  // namespace signaling::protocol::test
