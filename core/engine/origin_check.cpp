#include "origin_check.hpp"

#include <algorithm>

namespace signaling::engine {
namespace {

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// By host and port alone: behind a proxy that ends TLS the scheme is not this server's.
bool is_same_host(std::string_view origin, std::string_view host) noexcept {
  const std::size_t scheme = origin.find("://");
  if (scheme == std::string_view::npos) return false;  // `null`: a sandboxed frame, a file
  origin.remove_prefix(scheme + 3);
  return !host.empty() && std::equal(origin.begin(), origin.end(), host.begin(), host.end(),
                                     [](char a, char b) { return lower(a) == lower(b); });
}

}  // namespace

bool is_origin_allowed(const HttpRequest& request, const OriginOptions& options) noexcept {
  const std::string_view origin = request.header("origin");
  // Browsers leave it out of a GET to the page's own server, which opens a polling session: only a WebSocket always has it.
  if (origin.empty()) return options.allow_missing || !request.wants_websocket;
  if (options.allowed.empty()) return true;
  return std::find(options.allowed.begin(), options.allowed.end(), origin) != options.allowed.end() ||
         is_same_host(origin, request.header("host"));
}

}  // namespace signaling::engine
