#include "packet_names.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include <signaling/protocol/json_text.hpp>

#include "json_scanner.hpp"

namespace signaling::protocol {
namespace {

// socket.io-parser, RESERVED_EVENTS.
constexpr std::array<std::string_view, 6> reserved_names = {"connect",       "connect_error", "disconnect",
                                                            "disconnecting", "newListener",   "removeListener"};
constexpr std::size_t longest_reserved_name = 14;

bool is_reserved(std::string_view name) noexcept {
  return name.size() <= longest_reserved_name &&
         std::find(reserved_names.begin(), reserved_names.end(), name) != reserved_names.end();
}

/// The decoded bytes of a string's inside, counted; the first few kept, which is enough to know a reserved name.
struct DecodedName {
  std::array<char, longest_reserved_name + 4> head;
  std::size_t size = 0;

  void append(const char* bytes, std::size_t count) noexcept {
    if (size < head.size()) std::memcpy(head.data() + size, bytes, std::min(count, head.size() - size));
    size += count;
  }
  std::string_view view() const noexcept { return {head.data(), std::min(size, head.size())}; }
};

DecodedName decode(std::string_view inside) noexcept {
  DecodedName name;
  const char* p = inside.data();
  const char* const end = p + inside.size();
  while (p != end) {
    const char* const stop = std::find(p, end, '\\');
    name.append(p, static_cast<std::size_t>(stop - p));
    p = stop;
    if (p == end) break;
    char utf8[4];
    const std::size_t size = detail::write_utf8(detail::take_escape(p, end), utf8);
    name.append(utf8, size);
  }
  return name;
}

}  // namespace

bool is_namespace_name(std::string_view text) noexcept {
  return !text.empty() && text.front() == '/' &&
         std::none_of(text.begin(), text.end(), [](char c) { return detail::is_control(c) || c == ','; });
}

std::optional<PacketError> check_event_name(std::string_view raw, std::uint32_t max_bytes) noexcept {
  if (raw.front() != '"') {
    if (raw.size() > max_bytes) return PacketError::too_long;
    return std::nullopt;
  }
  const std::string_view inside = raw.substr(1, raw.size() - 2);
  std::size_t size = inside.size();
  bool reserved = false;
  if (inside.find('\\') == std::string_view::npos) {
    reserved = is_reserved(inside);
  } else {
    const DecodedName name = decode(inside);
    size = name.size;
    reserved = is_reserved(name.view());
  }
  if (size > max_bytes) return PacketError::too_long;
  if (reserved) return PacketError::reserved_event;
  return std::nullopt;
}

std::string_view decode_event_name(std::string_view raw, std::string& buffer) {
  if (raw.size() < 2 || raw.front() != '"') return raw;
  if (raw.find('\\') == std::string_view::npos) return raw.substr(1, raw.size() - 2);
  buffer.clear();
  append_unescaped(raw, buffer);
  return buffer;
}

}  // namespace signaling::protocol
