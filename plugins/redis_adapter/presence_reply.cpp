#include "presence_reply.hpp"

#include <algorithm>
#include <optional>

#include "presence_entry.hpp"

namespace signaling::redis_adapter {

namespace {

/// The few forms of msgpack that Redis makes of an array of strings (github.com/msgpack/msgpack/blob/master/spec.md).
class Unpacker {
 public:
  explicit Unpacker(std::string_view bytes) : bytes_(bytes) {}

  std::size_t array_size() {
    const unsigned first = byte();
    if ((first & 0xF0u) == 0x90u) return first & 0x0Fu;
    if (first == 0xDC) return number(2);
    if (first == 0xDD) return number(4);
    return 0;  // an empty table is packed as an empty map
  }

  std::optional<std::string_view> text() {
    if (bytes_.empty()) return std::nullopt;
    const unsigned first = byte();
    std::size_t size = 0;
    if ((first & 0xE0u) == 0xA0u) {
      size = first & 0x1Fu;
    } else if (first == 0xD9) {
      size = number(1);
    } else if (first == 0xDA) {
      size = number(2);
    } else if (first == 0xDB) {
      size = number(4);
    } else {
      return std::nullopt;
    }
    if (size > bytes_.size()) return std::nullopt;
    const std::string_view taken = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return taken;
  }

 private:
  unsigned byte() {
    if (bytes_.empty()) return 0;
    const auto value = static_cast<unsigned char>(bytes_.front());
    bytes_.remove_prefix(1);
    return value;
  }
  std::size_t number(int bytes) {
    std::size_t value = 0;
    for (int i = 0; i < bytes; ++i) value = (value << 8u) | byte();
    return value;
  }
  std::string_view bytes_;
};

}  // namespace

std::vector<plugin_api::PresenceEntry> members_in_order(std::string_view packed, std::string_view except) {
  struct Ordered {
    std::uint64_t order;
    plugin_api::PresenceEntry entry;
  };
  Unpacker unpacker(packed);
  std::vector<Ordered> members;
  const std::size_t size = unpacker.array_size();
  members.reserve(std::min(size, packed.size()) / 2);
  for (std::size_t i = 0; i + 1 < size; i += 2) {
    const auto member = unpacker.text();
    const auto text = unpacker.text();
    if (!member || !text) break;
    const auto entry = parse_entry(*text);
    if (entry && *member != except) members.push_back({entry->order, {*member, entry->value, entry->mark}});
  }
  std::sort(members.begin(), members.end(), [](const Ordered& a, const Ordered& b) { return a.order < b.order; });
  std::vector<plugin_api::PresenceEntry> entries;
  entries.reserve(members.size());
  for (const Ordered& member : members) entries.push_back(member.entry);
  return entries;
}

}  // namespace signaling::redis_adapter
