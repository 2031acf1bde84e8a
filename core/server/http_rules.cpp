#include <algorithm>
#include <array>
#include <string>

#include <signaling/server/http_rules.hpp>

namespace signaling::server {

namespace {

constexpr std::int64_t max_timeout_ms = 300'000;

bool is_token(std::string_view text) noexcept {
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";  // RFC 9110 section 5.6.2
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           marks.find(c) != std::string_view::npos;
  });
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

/// Framing and what net or the engine writes themselves; a second one would let two readers see two answers.
bool is_servers_own(std::string_view name) {
  constexpr std::array<std::string_view, 8> names{
      "content-length", "content-type", "transfer-encoding", "connection", "keep-alive", "upgrade", "date", "trailer"};
  const std::string low = lower(name);
  return std::find(names.begin(), names.end(), low) != names.end() || low.starts_with("sec-websocket-") ||
         low.starts_with("access-control-");
}

bool is_method(std::string_view method) noexcept {
  return !method.empty() && method.size() <= 32 && method != "HEAD" &&
         std::all_of(method.begin(), method.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

bool is_path(std::string_view path) noexcept {
  return !path.empty() && path.front() == '/' && path.size() <= max_route_path_bytes &&
         std::all_of(path.begin(), path.end(), [](char c) { return c > ' ' && c < 0x7F && c != '?' && c != '#'; });
}

}  // namespace

bool is_header_value(std::string_view value) noexcept {
  return std::none_of(value.begin(), value.end(),
                      [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F; });
}

bool may_set_header(std::string_view name, std::string_view value) noexcept {
  return is_token(name) && is_header_value(value) && !is_servers_own(name);
}

bool is_route(std::string_view method, std::string_view path, std::int64_t timeout_ms, std::string_view engine_path) noexcept {
  const bool is_engine = path.size() + 1 == engine_path.size() && engine_path.starts_with(path);
  return is_method(method) && is_path(path) && timeout_ms >= 1 && timeout_ms <= max_timeout_ms &&
         !path.starts_with(engine_path) && !is_engine;
}

}  // namespace signaling::server
