#pragma once
// HTTP requests and answers as plugins see and give them. Since API 1.2.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace signaling::plugin_api {

struct HttpHeader {
  std::string_view name;
  std::string_view value;
};

/// One request that has arrived whole. Views live for the call that it is handed over in.
struct HttpRequest {
  std::string_view method;              ///< as sent: `GET`
  std::string_view target;              ///< as sent: path and query
  std::string_view path;                ///< as sent, not percent-decoded
  std::string_view query;               ///< without `?`, not decoded
  std::span<const HttpHeader> headers;  ///< in order, values trimmed
  std::string_view body;                ///< any bytes, at most what the server's configuration allows
  std::string_view address;             ///< the client's real address, numeric, without port
  bool secure = false;                  ///< TLS, here or at a trusted proxy

  /// First header of that name, any case; empty where absent.
  constexpr std::string_view header(std::string_view name) const noexcept {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    for (const HttpHeader& each : headers) {
      if (std::equal(each.name.begin(), each.name.end(), name.begin(), name.end(),
                     [&](char a, char b) { return lower(a) == lower(b); })) {
        return each.value;
      }
    }
    return {};
  }
};

inline constexpr std::size_t max_http_answer_bytes = 16u << 20;

/// An answer. Content-Length, Connection, Date and the headers of CORS are the server's: named here they are left out, and so
/// is a header whose name is no token or whose value holds control characters.
struct HttpResponse {
  std::uint32_t status = 200;  ///< 200 to 599
  std::string_view content_type = "text/plain; charset=utf-8";
  std::string_view body = {};  ///< at most max_http_answer_bytes
  std::span<const HttpHeader> headers = {};
};

}  // namespace signaling::plugin_api
