#include <array>
#include <cstring>

#include <boost/assert.hpp>

#include <signaling/protocol/websocket_writer.hpp>

#include "websocket_header.hpp"

namespace signaling::protocol {
namespace {

constexpr std::uint8_t final_bit = 0x80;

MessagePtr control_frame(Opcode opcode, std::string_view payload) {
  BOOST_ASSERT(payload.size() <= max_control_payload_bytes);
  return MessagePtr::raw_frame(static_cast<std::uint8_t>(final_bit | static_cast<std::uint8_t>(opcode)), payload);
}

}  // namespace

MessagePtr close_frame(std::uint16_t code, std::string_view reason) {
  if (!is_close_code_on_wire(code)) return control_frame(Opcode::close, {});
  std::array<char, max_control_payload_bytes> body{};
  body[0] = static_cast<char>(code >> 8);
  body[1] = static_cast<char>(code & 0xFF);
  std::size_t size = reason.size();
  if (size > body.size() - 2) {
    size = body.size() - 2;
    while (size > 0 && (static_cast<unsigned char>(reason[size]) & 0xC0) == 0x80) --size;
  }
  if (size > 0) std::memcpy(body.data() + 2, reason.data(), size);
  return control_frame(Opcode::close, {body.data(), size + 2});
}

MessagePtr ping_frame(std::string_view payload) { return control_frame(Opcode::ping, payload); }

MessagePtr pong_frame(std::string_view payload) { return control_frame(Opcode::pong, payload); }

}  // namespace signaling::protocol
