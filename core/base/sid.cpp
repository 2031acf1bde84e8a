#include <cstring>
#include <stdexcept>

#include <openssl/rand.h>

#include <signaling/base/sid.hpp>

namespace signaling::base {
namespace {

constexpr char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// By character, -1 for those of no alphabet: every message to a peer has an id that is looked at.
constexpr std::array<std::int8_t, 256> values = [] {
  std::array<std::int8_t, 256> by_character{};
  by_character.fill(-1);
  for (std::int8_t i = 0; i < 64; ++i) by_character[static_cast<unsigned char>(alphabet[i])] = i;
  return by_character;
}();

constexpr int value_of(char c) noexcept { return values[static_cast<unsigned char>(c)]; }

// 3 bytes to 4 characters; ids are whole groups, so there is never padding.
void encode_group(const std::uint8_t* in, char* out) noexcept {
  const std::uint32_t bits = (std::uint32_t{in[0]} << 16) | (std::uint32_t{in[1]} << 8) | in[2];
  out[0] = alphabet[(bits >> 18) & 63];
  out[1] = alphabet[(bits >> 12) & 63];
  out[2] = alphabet[(bits >> 6) & 63];
  out[3] = alphabet[bits & 63];
}

void fill_random(std::uint8_t* data, std::size_t size) {
  if (RAND_bytes(data, static_cast<int>(size)) != 1) throw std::runtime_error("the system's random source failed");
}

}  // namespace

std::uint8_t Sid::loop() const noexcept {
  // Byte 3 is the first 8 bits of the second group.
  return static_cast<std::uint8_t>((value_of(chars_[4]) << 2) | (value_of(chars_[5]) >> 4));
}

std::optional<Sid> Sid::parse(std::string_view text) noexcept {
  if (text.size() != sid_length) return std::nullopt;
  int all = 0;  // negative where one is
  for (std::size_t i = 0; i < sid_length; ++i) all |= value_of(text[i]);
  if (all < 0) return std::nullopt;
  Sid sid;
  std::memcpy(sid.chars_.data(), text.data(), sid_length);
  return sid;
}

SidSource::SidSource(std::array<std::uint8_t, 3> node_tag, std::uint8_t loop) : node_tag_(node_tag), loop_(loop) {}

Sid SidSource::next() {
  if (used_ == pool_.size()) {
    fill_random(pool_.data(), pool_.size());
    used_ = 0;
  }
  std::array<std::uint8_t, 15> bytes{};
  std::memcpy(bytes.data(), node_tag_.data(), node_tag_.size());
  bytes[3] = loop_;
  std::memcpy(bytes.data() + 4, pool_.data() + used_, 11);
  std::memset(pool_.data() + used_, 0, 11);  // an id given out leaves no copy behind
  used_ += 11;
  Sid sid;
  for (std::size_t i = 0; i < 5; ++i) encode_group(bytes.data() + 3 * i, sid.chars_.data() + 4 * i);
  return sid;
}

std::array<std::uint8_t, 3> random_node_tag() {
  std::array<std::uint8_t, 3> tag{};
  fill_random(tag.data(), tag.size());
  return tag;
}

std::string node_tag_text(std::array<std::uint8_t, 3> tag) {
  std::string text(node_tag_length, '\0');
  encode_group(tag.data(), text.data());
  return text;
}

std::size_t SidHash::operator()(std::string_view text) const noexcept {
  // The last 16 characters are random; a client can send any text, but only ids of ours are ever stored.
  if (text.size() != sid_length) return std::hash<std::string_view>{}(text);
  std::uint64_t a = 0;
  std::uint64_t b = 0;
  std::memcpy(&a, text.data() + 4, 8);
  std::memcpy(&b, text.data() + 12, 8);
  // Products carry upwards only: folded, so that the low bits, by which tables choose a bucket, know every character too.
  const std::uint64_t mixed = (a ^ (b * 0x9E3779B97F4A7C15ull)) * 0xC2B2AE3D27D4EB4Full;
  return static_cast<std::size_t>(mixed ^ (mixed >> 32));
}

}  // namespace signaling::base
