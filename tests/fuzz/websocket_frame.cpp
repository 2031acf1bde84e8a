// The frame reader under any bytes in any chunks. Byte 0: bit 0 permessage-deflate; the rest sets the length of the chunks.
// The same stream whole and in chunks must give the same events.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include <signaling/protocol/websocket_reader.hpp>

using namespace signaling::protocol;

namespace {

constexpr WebSocketLimits limits{.max_message_bytes = 4096, .max_fragments = 8, .max_control_frames = 4};
using Kind = WebSocketEvent::Kind;

void require(bool condition) {
  if (!condition) std::abort();
}

std::string read(std::string_view stream, bool deflate, std::size_t chunk) {
  static WebSocketReadContext context(limits);
  WebSocketReader reader(deflate);
  std::string events;
  bool ended = false;
  for (std::size_t at = 0; at < stream.size(); at += chunk) {
    const std::string_view piece = stream.substr(at, chunk);
    std::vector<char> received(piece.begin(), piece.end());  // of exactly this size: reading past it is seen
    std::span<char> input(received);
    for (;;) {
      const WebSocketEvent event = reader.next(context, input);
      if (event.kind == Kind::none) break;
      require(!ended);
      ended = event.kind == Kind::close || event.kind == Kind::error;
      require(event.payload.size() <= limits.max_message_bytes);
      events += static_cast<char>('a' + static_cast<int>(event.kind));
      events += event.is_binary ? 'b' : 't';
      events += std::to_string(event.code);
      if (event.kind != Kind::error) events += std::to_string(event.payload.size()) + std::string(event.payload);
    }
    require(input.empty());
    require(ended == reader.has_ended());
    require(reader.buffered_bytes() <= limits.max_message_bytes * 2);
    context.trim();
  }
  return events;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view stream(reinterpret_cast<const char*>(data) + 1, size - 1);
  const bool deflate = (data[0] & 1) != 0;
  const std::size_t chunk = 1 + (data[0] >> 1) % 32;
  require(read(stream, deflate, stream.size() + 1) == read(stream, deflate, chunk));
  return 0;
}
