#include "partitions.hpp"

namespace signaling::redis_adapter {
namespace {

constexpr std::array<std::uint16_t, 256> make_crc_table() {
  std::array<std::uint16_t, 256> table{};
  for (unsigned int i = 0; i < 256; ++i) {
    unsigned int crc = i << 8u;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 0x8000u) != 0 ? (crc << 1u) ^ 0x1021u : crc << 1u;
    table[i] = static_cast<std::uint16_t>(crc);
  }
  return table;
}
constexpr auto crc_table = make_crc_table();

}  // namespace

std::uint16_t crc16(std::string_view text) noexcept {
  unsigned int crc = 0;
  for (const char c : text) crc = ((crc << 8u) & 0xFFFFu) ^ crc_table[((crc >> 8u) ^ static_cast<unsigned char>(c)) & 0xFFu];
  return static_cast<std::uint16_t>(crc);
}

std::uint32_t slot_of(std::string_view key) noexcept {
  const auto open = key.find('{');
  if (open != std::string_view::npos) {
    const auto close = key.find('}', open + 1);
    if (close != std::string_view::npos && close > open + 1) key = key.substr(open + 1, close - open - 1);
  }
  return crc16(key) % cluster_slots;
}

Partitions::Partitions(std::uint32_t count) {
  const std::uint32_t width = cluster_slots / count;
  for (std::uint32_t p = 0; p < count; ++p) {
    std::string tag = "{p" + std::to_string(p) + "}";
    for (std::uint32_t attempt = 1; slot_of(tag) / width != p; ++attempt)
      tag = "{p" + std::to_string(p) + "." + std::to_string(attempt) + "}";
    slots_.push_back(slot_of(tag));
    tags_.push_back(std::move(tag));
  }
}

std::uint32_t Partitions::of(std::string_view name) const noexcept {
  std::uint64_t hash = 0xCBF29CE484222325u;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3u;
  // FNV's low bits mix least: the high half is folded in.
  hash ^= hash >> 32u;
  return static_cast<std::uint32_t>(hash % count());
}

std::uint32_t Partitions::at_slot(std::uint32_t slot) const noexcept {
  const std::uint32_t p = slot / (cluster_slots / count());
  return p < count() && slots_[p] == slot ? p : count();
}

}  // namespace signaling::redis_adapter
