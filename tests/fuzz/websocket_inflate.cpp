// The inflater under any bytes: never more than the bound, and the same result the second time (nothing is carried over).

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include <signaling/protocol/websocket_inflater.hpp>

using namespace signaling::protocol;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t max_bytes = 100'000;
  static WebSocketInflater inflater;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto first = inflater.inflate(input, max_bytes);
  const std::string text(first ? *first : std::string_view{});
  if (text.size() > max_bytes) std::abort();
  const auto second = inflater.inflate(input, max_bytes);
  if (second.has_value() != first.has_value() || (second && *second != text)) std::abort();
  inflater.trim();
  return 0;
}
