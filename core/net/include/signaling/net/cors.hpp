#pragma once
// Cross-origin answers as the npm package `cors` gives them.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <signaling/engine/http_exchange.hpp>

namespace signaling::net {

struct CorsOptions {
  /// Allowed origins, compared as text; `*` alone allows all without naming them. Ignored where `reflect_origin`.
  std::vector<std::string> origins{"*"};
  /// Any origin, named in the answer (`origin: true` of the package; needed for credentials).
  bool reflect_origin = false;
  bool credentials = false;
  std::vector<std::string> methods{"GET", "HEAD", "PUT", "PATCH", "POST", "DELETE"};
  /// Empty: what the preflight asks for is allowed.
  std::vector<std::string> allowed_headers;
  std::vector<std::string> exposed_headers;
  std::optional<std::int64_t> max_age_seconds;
};

/// Constant once made; any thread.
class Cors {
 public:
  using Headers = std::vector<std::pair<std::string, std::string>>;

  explicit Cors(CorsOptions options);
  /// An OPTIONS request: answered 204 with `add_preflight_headers`, whatever its origin.
  static bool is_preflight(const engine::HttpRequest& request) noexcept;
  void add_preflight_headers(const engine::HttpRequest& request, Headers& headers) const;
  /// Headers of every other answer, errors and the 101 included.
  void add_headers(const engine::HttpRequest& request, Headers& headers) const;

 private:
  void add_origin(const engine::HttpRequest& request, Headers& headers) const;

  CorsOptions options_;
  std::string methods_;
  std::string allowed_headers_;
  std::string exposed_headers_;
  bool any_origin_ = false;
};

}  // namespace signaling::net
