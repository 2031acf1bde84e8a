#pragma once
// One HTTP/1.x request out of bytes that come in any pieces. Beast parses; what RFC 9112 forbids and Beast lets through (line
// folding, bare line feeds, a transfer coding it does not know, missing or double Host) is refused here.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <signaling/engine/http_exchange.hpp>
#include <signaling/net/counters.hpp>
#include <signaling/net/options.hpp>

namespace signaling::net {

/// Why a request cannot be served: the answer's status, and what is counted.
struct HttpError {
  unsigned status = 0;
  bool is_limit = false;
  Limit limit = Limit::header_bytes;
  BadRequest kind = BadRequest::malformed;
};

/// Pure; one request after another (`reset`). Memory is taken with the first byte and kept for the next request.
class HttpReader {
 public:
  enum class Status : std::uint8_t {
    need_more,  ///< all input is taken
    header,     ///< once per request: `request()` is filled but for its body
    complete,   ///< the whole request; what is left of the input belongs to the next one
    error,      ///< `error()`; the connection cannot be read any further
  };

  /// `limits` may change between two calls and outlives this, or the next `use_limits`.
  explicit HttpReader(const HttpLimits& limits);
  void use_limits(const HttpLimits& limits) noexcept { limits_ = &limits; }
  ~HttpReader();
  HttpReader(const HttpReader&) = delete;
  HttpReader& operator=(const HttpReader&) = delete;

  /// Takes bytes from the front of `input`. Call again after `header`.
  Status read(std::string_view& input);
  /// Before the next request; ends the validity of `request()`'s views.
  void reset() noexcept;

  engine::HttpRequest& request() noexcept { return request_; }
  const engine::HttpRequest& request() const noexcept { return request_; }
  const HttpError& error() const noexcept { return error_; }
  /// Nothing of a request has arrived (empty lines before it do not count).
  bool is_untouched() const noexcept { return phase_ == Phase::header && held_.empty(); }
  bool is_reading_body() const noexcept { return phase_ == Phase::body; }
  /// After `header`:
  bool keep_alive() const noexcept { return keep_alive_; }
  bool is_http_1_0() const noexcept { return is_http_1_0_; }
  bool expects_continue() const noexcept { return expects_continue_; }

 private:
  enum class Phase : std::uint8_t { header, body, complete, failed };
  struct Parser;

  Status read_header(std::string_view& input);
  Status parse_header(std::string_view header);
  Status read_body(std::string_view& input);
  bool fill_request();
  Status fail(unsigned status, BadRequest kind) noexcept;
  Status fail(unsigned status, Limit limit) noexcept;

  const HttpLimits* limits_;
  std::unique_ptr<Parser> parser_;
  engine::HttpRequest request_;
  std::string held_;            ///< incomplete header, or incomplete chunk header of the body
  std::size_t line_start_ = 0;  ///< in held_ + input: where the line being scanned begins
  std::size_t scanned_ = 0;
  std::size_t body_bytes_taken_ = 0;  ///< chunks' sizes, extensions and trailers included
  HttpError error_;
  Phase phase_ = Phase::header;
  bool keep_alive_ = false;
  bool is_http_1_0_ = false;
  bool expects_continue_ = false;
};

}  // namespace signaling::net
