#include <cstring>
#include <new>

#include <signaling/base/recycled.hpp>
#include <signaling/protocol/outbound_message.hpp>

namespace signaling::protocol {
namespace {

constexpr std::uint8_t final_text = 0x81;
constexpr std::uint8_t final_binary = 0x82;

// RFC 6455 section 5.2, server to client: no mask. Written right-aligned before the payload.
std::uint8_t write_header(char* payload, std::uint32_t size, std::uint8_t first_byte) noexcept {
  auto* p = reinterpret_cast<unsigned char*>(payload);
  if (size < 126) {
    p[-2] = first_byte;
    p[-1] = static_cast<unsigned char>(size);
    return 2;
  }
  if (size <= 0xFFFF) {
    p[-4] = first_byte;
    p[-3] = 126;
    p[-2] = static_cast<unsigned char>(size >> 8);
    p[-1] = static_cast<unsigned char>(size);
    return 4;
  }
  p[-10] = first_byte;
  p[-9] = 127;
  std::memset(p - 8, 0, 4);
  p[-4] = static_cast<unsigned char>(size >> 24);
  p[-3] = static_cast<unsigned char>(size >> 16);
  p[-2] = static_cast<unsigned char>(size >> 8);
  p[-1] = static_cast<unsigned char>(size);
  return 10;
}

}  // namespace

OutboundMessage::OutboundMessage(Kind kind, bool compress, std::uint32_t payload_size, std::uint8_t first_byte) noexcept
    : payload_size_(payload_size),
      header_size_(write_header(data() + max_header, payload_size, first_byte)),
      kind_(kind),
      compress_(compress) {}

OutboundMessage* OutboundMessage::allocate(Kind kind, bool compress, std::size_t payload_size, std::uint8_t first_byte) {
  if (payload_size > 0xFFFFFFFFu) throw std::bad_alloc();
  void* block = base::take_recycled(sizeof(OutboundMessage) + max_header + payload_size);
  return new (block) OutboundMessage(kind, compress, static_cast<std::uint32_t>(payload_size), first_byte);
}

void OutboundMessage::destroy(const OutboundMessage* message) noexcept {
  if (const OutboundMessage* deflated = message->deflated_.load(std::memory_order_acquire)) deflated->release();
  const std::size_t bytes = sizeof(OutboundMessage) + max_header + message->payload_size_;
  message->~OutboundMessage();
  base::give_back_recycled(const_cast<OutboundMessage*>(message), bytes);
}

const OutboundMessage* OutboundMessage::keep_deflated(const OutboundMessage* frame) const noexcept {
  const OutboundMessage* expected = nullptr;
  if (deflated_.compare_exchange_strong(expected, frame, std::memory_order_acq_rel)) return frame;
  frame->release();
  return expected;
}

MessagePtr MessagePtr::text(std::string_view prefix, std::span<const std::string_view> pieces, bool compress) {
  std::size_t size = prefix.size();
  for (const std::string_view piece : pieces) size += piece.size();
  OutboundMessage* message = OutboundMessage::allocate(OutboundMessage::Kind::text, compress, size, final_text);
  char* out = message->data() + OutboundMessage::max_header;
  const auto append = [&out](std::string_view piece) {
    if (!piece.empty()) std::memcpy(out, piece.data(), piece.size());
    out += piece.size();
  };
  append(prefix);
  for (const std::string_view piece : pieces) append(piece);
  return MessagePtr(message);
}

MessagePtr MessagePtr::binary(std::span<const std::byte> bytes, bool compress) {
  OutboundMessage* message = OutboundMessage::allocate(OutboundMessage::Kind::binary, compress, bytes.size(), final_binary);
  if (!bytes.empty()) std::memcpy(message->data() + OutboundMessage::max_header, bytes.data(), bytes.size());
  return MessagePtr(message);
}

MessagePtr MessagePtr::raw_frame(std::uint8_t first_byte, std::string_view payload) {
  OutboundMessage* message = OutboundMessage::allocate(OutboundMessage::Kind::binary, false, payload.size(), first_byte);
  if (!payload.empty()) std::memcpy(message->data() + OutboundMessage::max_header, payload.data(), payload.size());
  return MessagePtr(message);
}

}  // namespace signaling::protocol
