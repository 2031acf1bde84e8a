#include "msgpack_reader.hpp"

#include <bit>

namespace signaling::protocol::detail {

using Kind = MsgpackToken::Kind;

bool MsgpackReader::take(std::size_t size, std::span<const std::byte>& bytes) noexcept {
  if (size > rest_.size()) return false;
  bytes = rest_.first(size);
  rest_ = rest_.subspan(size);
  return true;
}

bool MsgpackReader::take_unsigned(std::size_t size, std::uint64_t& value) noexcept {
  std::span<const std::byte> bytes;
  if (!take(size, bytes)) return false;
  value = 0;
  for (const std::byte byte : bytes) value = (value << 8) | std::to_integer<std::uint64_t>(byte);
  return true;
}

bool MsgpackReader::take_signed(std::size_t size, MsgpackToken& token) noexcept {
  std::uint64_t bits = 0;
  if (!take_unsigned(size, bits)) return false;
  const std::size_t unused = 64 - 8 * size;
  token.integer = static_cast<std::int64_t>(bits << unused) >> unused;
  token.unsigned_value = bits;
  token.kind = token.integer < 0 ? Kind::negative_integer : Kind::unsigned_integer;
  return true;
}

bool MsgpackReader::take_bytes(Kind kind, std::size_t size, MsgpackToken& token) noexcept {
  token.kind = kind;
  return take(size, token.bytes);
}

bool MsgpackReader::take_sized_bytes(Kind kind, std::size_t length_size, MsgpackToken& token) noexcept {
  std::uint64_t size = 0;
  return take_unsigned(length_size, size) && take_bytes(kind, size, token);
}

bool MsgpackReader::take_extension(std::size_t size, bool is_fixed, MsgpackToken& token) noexcept {
  std::uint64_t type = 0;
  if (!take_unsigned(1, type) || !take_bytes(Kind::extension, size, token)) return false;
  token.extension_type = static_cast<std::int8_t>(static_cast<std::uint8_t>(type));
  if (token.extension_type != 0) return true;
  if (!is_fixed) {
    token.kind = Kind::binary;
  } else if (size == 1) {
    token.kind = Kind::undefined;
  } else if (size == 8) {
    MsgpackReader inside(token.bytes);
    inside.take_signed(8, token);
    token.kind = Kind::date;
  }
  return true;
}

bool MsgpackReader::take_container(Kind kind, std::uint64_t count, MsgpackToken& token) noexcept {
  // Each element takes a byte at least: a head that promises more than the message has left is refused here, so nobody can
  // reserve memory or count on its word.
  const std::uint64_t least_bytes = kind == Kind::map ? 2 * count : count;
  if (least_bytes > rest_.size()) return false;
  token.kind = kind;
  token.count = static_cast<std::uint32_t>(count);
  return true;
}

bool MsgpackReader::take_sized_container(Kind kind, std::size_t length_size, MsgpackToken& token) noexcept {
  std::uint64_t count = 0;
  return take_unsigned(length_size, count) && take_container(kind, count, token);
}

bool MsgpackReader::next(MsgpackToken& token) noexcept {
  std::uint64_t head = 0;
  if (!take_unsigned(1, head)) return false;
  if (head < 0x80) {
    token.kind = Kind::unsigned_integer;
    token.unsigned_value = head;
    return true;
  }
  if (head < 0x90) return take_container(Kind::map, head & 0x0F, token);
  if (head < 0xA0) return take_container(Kind::array, head & 0x0F, token);
  if (head < 0xC0) return take_bytes(Kind::string, head & 0x1F, token);
  if (head >= 0xE0) {
    token.kind = Kind::negative_integer;
    token.integer = static_cast<std::int64_t>(head) - 0x100;
    return true;
  }
  std::uint64_t bits = 0;
  switch (head) {
    case 0xC0: token.kind = Kind::nil; return true;
    case 0xC2:
    case 0xC3:
      token.kind = Kind::boolean;
      token.is_true = head == 0xC3;
      return true;
    case 0xC4: return take_sized_bytes(Kind::binary, 1, token);
    case 0xC5: return take_sized_bytes(Kind::binary, 2, token);
    case 0xC6: return take_sized_bytes(Kind::binary, 4, token);
    case 0xC7: return take_unsigned(1, bits) && take_extension(bits, false, token);
    case 0xC8: return take_unsigned(2, bits) && take_extension(bits, false, token);
    case 0xC9: return take_unsigned(4, bits) && take_extension(bits, false, token);
    case 0xCA:
      if (!take_unsigned(4, bits)) return false;
      token.kind = Kind::floating;
      token.number = std::bit_cast<float>(static_cast<std::uint32_t>(bits));
      return true;
    case 0xCB:
      if (!take_unsigned(8, bits)) return false;
      token.kind = Kind::floating;
      token.number = std::bit_cast<double>(bits);
      return true;
    case 0xCC:
    case 0xCD:
    case 0xCE:
    case 0xCF: token.kind = Kind::unsigned_integer; return take_unsigned(std::size_t{1} << (head - 0xCC), token.unsigned_value);
    case 0xD0:
    case 0xD1:
    case 0xD2:
    case 0xD3: return take_signed(std::size_t{1} << (head - 0xD0), token);
    case 0xD4:
    case 0xD5:
    case 0xD6:
    case 0xD7:
    case 0xD8: return take_extension(std::size_t{1} << (head - 0xD4), true, token);
    case 0xD9: return take_sized_bytes(Kind::string, 1, token);
    case 0xDA: return take_sized_bytes(Kind::string, 2, token);
    case 0xDB: return take_sized_bytes(Kind::string, 4, token);
    case 0xDC: return take_sized_container(Kind::array, 2, token);
    case 0xDD: return take_sized_container(Kind::array, 4, token);
    case 0xDE: return take_sized_container(Kind::map, 2, token);
    case 0xDF: return take_sized_container(Kind::map, 4, token);
    default: return false;  // 0xC1 is never used
  }
}

bool MsgpackReader::skip() noexcept {
  MsgpackToken token;
  for (std::uint64_t pending = 1; pending > 0; --pending) {
    if (!next(token)) return false;
    if (token.kind == Kind::array) pending += token.count;
    if (token.kind == Kind::map) pending += std::uint64_t{2} * token.count;
  }
  return true;
}

}  // namespace signaling::protocol::detail
