#include <algorithm>
#include <utility>

#include <signaling/net/cors.hpp>

#include "header_text.hpp"

namespace signaling::net {
namespace {

/// As the package joins lists: without a space.
std::string join(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) {
    if (!text.empty()) text += ',';
    text += part;
  }
  return text;
}

}  // namespace

Cors::Cors(CorsOptions options)
    : options_(std::move(options)),
      methods_(join(options_.methods)),
      allowed_headers_(join(options_.allowed_headers)),
      exposed_headers_(join(options_.exposed_headers)),
      any_origin_(!options_.reflect_origin && options_.origins.size() == 1 && options_.origins.front() == "*") {}

bool Cors::is_preflight(const engine::HttpRequest& request) noexcept { return request.method == "OPTIONS"; }

void Cors::add_origin(const engine::HttpRequest& request, Headers& headers) const {
  if (any_origin_) {
    headers.emplace_back("Access-Control-Allow-Origin", "*");
    return;
  }
  // The answer differs by origin, whether this one is allowed or not: caches must know.
  const std::string_view origin = request.header("Origin");
  const bool allowed =
      options_.reflect_origin || std::find(options_.origins.begin(), options_.origins.end(), origin) != options_.origins.end();
  if (allowed && !origin.empty()) headers.emplace_back("Access-Control-Allow-Origin", origin);
  add_vary(headers, "Origin");
}

void Cors::add_preflight_headers(const engine::HttpRequest& request, Headers& headers) const {
  add_origin(request, headers);
  if (options_.credentials) headers.emplace_back("Access-Control-Allow-Credentials", "true");
  if (!methods_.empty()) headers.emplace_back("Access-Control-Allow-Methods", methods_);
  if (!allowed_headers_.empty()) {
    headers.emplace_back("Access-Control-Allow-Headers", allowed_headers_);
  } else {
    add_vary(headers, "Access-Control-Request-Headers");
    const std::string_view asked = request.header("Access-Control-Request-Headers");
    if (!asked.empty()) headers.emplace_back("Access-Control-Allow-Headers", asked);
  }
  if (options_.max_age_seconds) headers.emplace_back("Access-Control-Max-Age", std::to_string(*options_.max_age_seconds));
  if (!exposed_headers_.empty()) headers.emplace_back("Access-Control-Expose-Headers", exposed_headers_);
  headers.emplace_back("Content-Length", "0");  // some browsers wait for a body of a 204 without it
}

void Cors::add_headers(const engine::HttpRequest& request, Headers& headers) const {
  add_origin(request, headers);
  if (options_.credentials) headers.emplace_back("Access-Control-Allow-Credentials", "true");
  if (!exposed_headers_.empty()) headers.emplace_back("Access-Control-Expose-Headers", exposed_headers_);
}

}  // namespace signaling::net
