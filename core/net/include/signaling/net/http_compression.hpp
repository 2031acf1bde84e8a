#pragma once
// gzip and deflate of HTTP bodies.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <signaling/engine/http_exchange.hpp>

namespace signaling::net {

struct CompressionOptions {
  std::size_t threshold_bytes = 1024;  ///< shorter bodies go as they are
  int level = 6;                       ///< zlib's, 1 … 9
};

enum class ContentCoding : std::uint8_t { identity, gzip, deflate };
/// `gzip`, `deflate`; empty for identity.
std::string_view to_string(ContentCoding coding) noexcept;

/// The coding that the client likes best by q-values, gzip before deflate where equal (RFC 9110 section 12.5.3). Pure.
ContentCoding negotiate_coding(std::string_view accept_encoding) noexcept;

/// @return the compressed body (gzip: RFC 1952, deflate: the zlib format of RFC 1950, as browsers and Node have it).
std::string compress(std::string_view body, ContentCoding coding, int level);

/// Compresses the reply's body where the client accepts it and it is long enough; sets Content-Encoding and Vary.
void compress_reply(const engine::HttpRequest& request, const CompressionOptions& options, engine::HttpReply& reply);

}  // namespace signaling::net
