#pragma once
// HTTP requests that a test sends, and answers that it gets.

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace signaling::testing {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

/// First of that name, any case; empty where absent. A view into `headers`.
inline std::string_view find_header(const HttpHeaders& headers, std::string_view name) {
  for (const auto& [each, value] : headers) {
    const bool is_it = std::equal(each.begin(), each.end(), name.begin(), name.end(),
                                  [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); });
    if (is_it) return value;
  }
  return {};
}

/// A plain value: set the members, or name them, `{.target = "/lobby/size"}`.
struct FakeHttpRequest {
  std::string method = "GET";
  std::string target = "/socket.io/?EIO=4&transport=polling";  ///< path and query
  HttpHeaders headers = {};
  std::string body = {};
  std::string client_address = "192.0.2.1";
  bool is_secure = false;
};

/// What the client is answered.
struct HttpAnswer {
  unsigned status = 200;
  std::string content_type = {};
  std::string body = {};
  HttpHeaders headers = {};  ///< without the content type, and what a server writes by itself

  std::string_view header(std::string_view name) const { return find_header(headers, name); }
};

}  // namespace signaling::testing
