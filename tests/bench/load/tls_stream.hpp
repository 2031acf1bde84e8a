#pragma once
// TLS as a client that only measures needs it: TLS 1.2 and 1.3, any certificate, no resumption, so that each connection costs
// the server a whole handshake.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

struct ssl_st;
struct ssl_ctx_st;

namespace signaling::bench_load {

/// What all connections share.
class TlsContext {
 public:
  /// @throws Failure
  TlsContext();
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  ssl_ctx_st* get() const noexcept { return context_; }

 private:
  ssl_ctx_st* context_;
};

enum class TlsStep : std::uint8_t {
  done,
  wants_read,   ///< again when the descriptor is readable
  wants_write,  ///< again when it is writable
  ended,        ///< the other side closed
  failed,       ///< see `reason`
};

/// The records of one connection, read from and written to its non-blocking descriptor.
class TlsStream {
 public:
  /// @param fd  connected; stays the caller's and outlives the stream
  TlsStream(const TlsContext& context, int fd);
  ~TlsStream();
  TlsStream(const TlsStream&) = delete;
  TlsStream& operator=(const TlsStream&) = delete;

  TlsStep handshake();
  /// @param[out] size  of what was read into `buffer`, above 0 when done
  TlsStep read(char* buffer, std::size_t capacity, std::size_t& size);
  /// @param[out] sent  how much of `bytes`, not empty, was taken; above 0 when done
  TlsStep write(std::string_view bytes, std::size_t& sent);

  /// Why the last step failed.
  std::string reason() const;

 private:
  TlsStep step_after(int result);

  ssl_st* stream_;
};

}  // namespace signaling::bench_load
