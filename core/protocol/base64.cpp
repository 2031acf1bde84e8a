#include "base64.hpp"

#include <algorithm>
#include <array>

#include <openssl/evp.h>

namespace signaling::protocol::detail {
namespace {

// OpenSSL counts in int; whole groups per step keep the pieces joinable. It also ends each encoded piece with a NUL, so a
// step goes through a buffer of its own and never writes over the end of the string.
constexpr std::size_t bytes_per_step = 3 * 1024;
constexpr std::size_t characters_per_step = 4 * 1024;

constexpr std::array<signed char, 256> make_values() {
  std::array<signed char, 256> values{};
  values.fill(-1);
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    values[static_cast<unsigned char>(alphabet[i])] = static_cast<signed char>(i);
  }
  return values;
}
constexpr std::array<signed char, 256> values = make_values();

std::size_t padding_of(std::string_view text) noexcept {
  if (text.empty() || text.back() != '=') return 0;
  return text[text.size() - 2] == '=' ? 2 : 1;
}

int value_of(char c) noexcept { return values[static_cast<unsigned char>(c)]; }

const unsigned char* unsigned_bytes(const char* p) noexcept { return reinterpret_cast<const unsigned char*>(p); }

}  // namespace

void append_base64(std::string_view bytes, std::string& out) {
  out.reserve(out.size() + base64_size(bytes.size()));
  std::array<unsigned char, characters_per_step + 1> step;
  while (!bytes.empty()) {
    const std::string_view piece = bytes.substr(0, bytes_per_step);
    const int written = EVP_EncodeBlock(step.data(), unsigned_bytes(piece.data()), static_cast<int>(piece.size()));
    out.append(reinterpret_cast<const char*>(step.data()), static_cast<std::size_t>(written));
    bytes.remove_prefix(piece.size());
  }
}

// OpenSSL's decoder forgives blanks, line ends and a dash; hence this check of every character before it.
std::size_t base64_decoded_size(std::string_view text) noexcept {
  if (text.size() % 4 != 0) return std::string_view::npos;
  if (text.empty()) return 0;
  const std::size_t padding = padding_of(text);
  const std::string_view digits = text.substr(0, text.size() - padding);
  if (!std::all_of(digits.begin(), digits.end(), [](char c) { return value_of(c) >= 0; })) return std::string_view::npos;
  const int unused_bits = padding == 0 ? 0 : padding == 1 ? 0x03 : 0x0F;
  if ((value_of(digits.back()) & unused_bits) != 0) return std::string_view::npos;
  return text.size() / 4 * 3 - padding;
}

void append_base64_decoded(std::string_view text, std::string& out) {
  const std::size_t size_after = out.size() + text.size() / 4 * 3 - padding_of(text);
  std::array<unsigned char, bytes_per_step> step;
  while (!text.empty()) {
    const std::string_view piece = text.substr(0, characters_per_step);
    const int written = EVP_DecodeBlock(step.data(), unsigned_bytes(piece.data()), static_cast<int>(piece.size()));
    out.append(reinterpret_cast<const char*>(step.data()), static_cast<std::size_t>(std::max(written, 0)));
    text.remove_prefix(piece.size());
  }
  out.resize(size_after);  // the decoder counts padding as zero bytes
}

}  // namespace signaling::protocol::detail
