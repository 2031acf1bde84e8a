#include "token_source.hpp"

#include <algorithm>

#include <signaling/plugin_api/json_slice.hpp>

namespace signaling::auth_jwt {

namespace json = plugin_api::json;

namespace {

/// Refused as a token in any case, so that nobody is taken for one that brings none.
constexpr std::string_view no_text = "?";

std::string text_of(std::string_view value) {
  if (value.empty() || json::type_of(value) == json::Type::null) return {};
  if (json::type_of(value) != json::Type::string) return std::string(no_text);
  std::string text;
  json::append_decoded(value, text);
  return text;
}

}  // namespace

std::string_view find_cookie(std::string_view header, std::string_view name) {
  while (!header.empty()) {
    const std::size_t end = std::min(header.find(';'), header.size());
    std::string_view pair = header.substr(0, end);
    header.remove_prefix(std::min(end + 1, header.size()));
    while (pair.starts_with(' ')) pair.remove_prefix(1);
    while (pair.ends_with(' ')) pair.remove_suffix(1);
    if (!pair.starts_with(name) || pair.size() <= name.size() || pair[name.size()] != '=') continue;
    pair.remove_prefix(name.size() + 1);
    if (pair.size() >= 2 && pair.front() == '"' && pair.back() == '"') pair = pair.substr(1, pair.size() - 2);
    return pair;
  }
  return {};
}

std::string_view bearer_token(std::string_view authorization) {
  constexpr std::string_view scheme = "bearer ";
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  if (authorization.size() <= scheme.size() ||
      !std::equal(scheme.begin(), scheme.end(), authorization.begin(), [&](char a, char b) { return a == lower(b); }))
    return {};
  authorization.remove_prefix(scheme.size());
  while (authorization.starts_with(' ')) authorization.remove_prefix(1);
  return authorization;
}

std::string token_of(std::string_view value, std::string_view key) {
  return json::type_of(value) == json::Type::object ? text_of(json::find(value, key)) : text_of(value);
}

std::string find_token(const plugin_api::Handshake& handshake, const Options& options) {
  for (const Source source : options.sources) {
    std::string token;
    switch (source) {
      case Source::auth: token = text_of(json::find(handshake.auth(), options.auth_key)); break;
      case Source::header: token = bearer_token(handshake.header("authorization")); break;
      case Source::cookie: token = find_cookie(handshake.header("cookie"), options.cookie_name); break;
      case Source::query: token = handshake.query(options.query_parameter); break;
    }
    if (!token.empty()) return token;
  }
  return {};
}

}  // namespace signaling::auth_jwt
