// Sec-WebSocket-Extensions under any bytes: what is agreed on is always something the server can do.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include <signaling/protocol/websocket_deflate.hpp>

using namespace signaling::protocol;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto agreement = accept_deflate_offer({reinterpret_cast<const char*>(data), size});
  if (!agreement) return 0;
  if (agreement->server_window_bits < 9 || agreement->server_window_bits > 15) std::abort();
  // Our own answer, taken as an offer, is acceptable again.
  const auto again = accept_deflate_offer(agreement->header_value());
  if (!again || again->server_window_bits != agreement->server_window_bits) std::abort();
  return 0;
}
