#pragma once
// gzip and deflate of HTTP bodies.

#include <cstddef>
#include <cstdint>
#include <memory>
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

/// How the reply's body is to be compressed: where the client accepts it and the body is long enough. Sets Content-Encoding and
/// Vary accordingly, the body is left to the caller.
ContentCoding choose_coding(const engine::HttpRequest& request, const CompressionOptions& options, engine::HttpReply& reply);

/// A body that is compressed piece by piece, as `compress` does it at once. One thread.
class Compression {
 public:
  /// @param coding  not identity
  /// @throws std::bad_alloc
  Compression(std::string body, ContentCoding coding, int level);
  ~Compression();
  Compression(const Compression&) = delete;
  Compression& operator=(const Compression&) = delete;

  /// Takes at most so many bytes more of the body. @return true: all of it is done
  bool advance(std::size_t bytes);
  /// What came out, once it is done.
  std::string take();

 private:
  struct Stream;
  std::string body_;
  std::string out_;
  std::unique_ptr<Stream> stream_;
};

}  // namespace signaling::net
