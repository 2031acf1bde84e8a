#include "subjects.hpp"

#include <array>
#include <charconv>
#include <stdexcept>

#include <openssl/evp.h>

namespace signaling::nats_adapter {

namespace {

/// A server allows 4 KB for a whole line of the protocol; longer names cost bandwidth with every message.
constexpr std::size_t max_plain_bytes = 160;

void append_base64url(std::string& out, std::string_view bytes) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char c : bytes) {
    bits = (bits << 8) | static_cast<std::uint8_t>(c);
    count += 8;
    while (count >= 6) {
      count -= 6;
      out.push_back(digits[(bits >> count) & 63]);
    }
  }
  if (count != 0) out.push_back(digits[(bits << (6 - count)) & 63]);
}

}  // namespace

std::string encode_token(std::string_view name) {
  std::string token;
  if (name.size() <= max_plain_bytes) {
    token.reserve(2 + name.size() * 4 / 3);
    token.push_back('x');
    append_base64url(token, name);
    return token;
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (EVP_Digest(name.data(), name.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1)
    throw std::runtime_error("SHA-256 is not available");
  token.push_back('h');
  append_base64url(token, {reinterpret_cast<const char*>(digest.data()), size});
  return token;
}

Subjects::Subjects(std::string prefix, std::uint64_t incarnation)
    : prefix_(std::move(prefix)), stream_(prefix_ + "_presence"), registrations_(prefix_ + ".r.") {
  const std::string own = std::to_string(incarnation);
  replies_ = prefix_ + ".i." + own + '.';
  deliveries_ = prefix_ + ".d." + own + '.';
}

std::uint64_t Subjects::reply_number(std::string_view subject) const noexcept {
  if (!subject.starts_with(replies_)) return 0;
  std::uint64_t number = 0;
  const auto [end, problem] = std::from_chars(subject.data() + replies_.size(), subject.data() + subject.size(), number);
  return problem == std::errc() && end == subject.data() + subject.size() ? number : 0;
}

}  // namespace signaling::nats_adapter
