#include <algorithm>
#include <cctype>

#include <signaling/server/admin_access.hpp>

namespace signaling::server {

namespace {

/// Takes as long wherever the texts differ.
bool is_same_secret(std::string_view given, std::string_view secret) {
  unsigned char difference = given.size() == secret.size() ? 0 : 1;
  for (std::size_t i = 0; i < given.size(); ++i)
    difference = static_cast<unsigned char>(difference | (given[i] ^ secret[i % secret.size()]));
  return difference == 0;
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

bool may_command(const engine::HttpRequest& request, std::string_view token) {
  const std::string_view given = bearer_token(request.header("authorization"));
  if (!token.empty() && !given.empty() && is_same_secret(given, token)) return true;
  return is_loopback(request.remote_address) && request.header("origin").empty();
}

bool is_loopback(std::string_view address) {
  constexpr std::string_view mapped = "::ffff:";
  if (address.starts_with(mapped)) address.remove_prefix(mapped.size());
  return address == "::1" || address.starts_with("127.");
}

}  // namespace signaling::server
