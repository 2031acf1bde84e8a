#pragma once
// Receiving side of permessage-deflate without context takeover (RFC 7692 section 7.2.2).

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include <boost/system/result.hpp>

struct z_stream_s;

namespace signaling::protocol {

enum class InflateError : std::uint8_t {
  malformed = 1,  ///< not a DEFLATE stream, or one that ends in the middle of a block
  too_large,      ///< more than `max_bytes` come out
};

/// One per loop, reused for every message; its memory is taken when the first compressed message arrives. One thread.
class WebSocketInflater {
 public:
  WebSocketInflater() noexcept;
  ~WebSocketInflater();
  WebSocketInflater(const WebSocketInflater&) = delete;
  WebSocketInflater& operator=(const WebSocketInflater&) = delete;

  /// Inflates the joined payload of one message. The buffer grows as data comes out and never over `max_bytes` + 1, so a
  /// compression bomb costs no more than a message of the allowed size.
  /// @return a view that is valid until the next call or `trim`.
  boost::system::result<std::string_view, InflateError> inflate(std::string_view compressed, std::size_t max_bytes);

  /// Gives back a large output buffer.
  void trim() noexcept;

 private:
  struct End {
    void operator()(z_stream_s* stream) const noexcept;
  };
  bool grow(std::size_t max_bytes);

  std::unique_ptr<z_stream_s, End> stream_;
  std::unique_ptr<char[]> output_;
  std::size_t capacity_ = 0;
};

}  // namespace signaling::protocol
