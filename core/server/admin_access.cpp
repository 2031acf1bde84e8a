#include <algorithm>
#include <cctype>

#include <openssl/crypto.h>

#include <signaling/server/admin_access.hpp>

namespace signaling::server {

namespace {

/// Takes as long wherever texts of the same length differ.
bool is_same_secret(std::string_view given, std::string_view secret) {
  return given.size() == secret.size() && CRYPTO_memcmp(given.data(), secret.data(), secret.size()) == 0;
}

std::string_view bearer_token(std::string_view authorization) {
  constexpr std::string_view scheme = "bearer ";
  const auto is_same_letter = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
  if (authorization.size() < scheme.size() ||
      !std::equal(scheme.begin(), scheme.end(), authorization.begin(), [&](char b, char a) { return is_same_letter(a, b); }))
    return {};
  authorization.remove_prefix(scheme.size());
  while (authorization.starts_with(' ')) authorization.remove_prefix(1);
  return authorization;
}

}  // namespace

namespace {

bool has_token(const engine::HttpRequest& request, std::string_view token) {
  return !token.empty() && is_same_secret(bearer_token(request.header("authorization")), token);
}

}  // namespace

bool may_command(const engine::HttpRequest& request, std::string_view token) {
  return has_token(request, token) || (is_loopback(request.remote_address) && request.header("origin").empty());
}

bool may_read(const engine::HttpRequest& request, std::string_view token) {
  return has_token(request, token) || is_loopback(request.remote_address);
}

bool is_loopback(std::string_view address) {
  constexpr std::string_view mapped = "::ffff:";
  if (address.starts_with(mapped)) address.remove_prefix(mapped.size());
  return address == "::1" || address.starts_with("127.");
}

}  // namespace signaling::server
