// Bodies of polling POSTs: what is accepted is, encoded again, the same body.

#include <array>
#include <span>
#include <string>
#include <vector>

#include <signaling/protocol/engine_payload.hpp>

#include "expect.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace signaling::protocol;
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  std::vector<EnginePacketView> packets;
  std::string binary;
  if (!decode_payload(body, packets, binary)) {
    SIGNALING_FUZZ_EXPECT(packets.empty());
    return 0;
  }
  SIGNALING_FUZZ_EXPECT(is_utf8(body) && !packets.empty());
  std::string again;
  for (const EnginePacketView& packet : packets) {
    const char type = static_cast<char>('0' + static_cast<int>(packet.type));
    const std::array<std::string_view, 1> pieces = {packet.data};
    const MessagePtr message = packet.is_binary ? MessagePtr::binary(std::as_bytes(std::span(packet.data)))
                                                : MessagePtr::text(std::string_view(&type, 1), pieces);
    const std::size_t before = again.size();
    append_to_payload(*message, again);
    SIGNALING_FUZZ_EXPECT(again.size() - before == payload_size(*message) - (before == 0 ? 1 : 0));
  }
  SIGNALING_FUZZ_EXPECT(again == body);
  return 0;
}
