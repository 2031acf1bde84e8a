#pragma once
// The TLS side of one connection: cipher text that the connection received in, plain text out; writes go to the socket.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include <signaling/net/tls_context.hpp>

struct ssl_st;
struct bio_st;

namespace signaling::net {

class TlsStream {
 public:
  enum class Result : std::uint8_t {
    ok,
    want_more,  ///< read: all that was fed is used up; write: the kernel takes nothing more now
    closed,     ///< the peer's close_notify
    failed,
  };

  /// @throws std::bad_alloc.
  TlsStream(std::shared_ptr<const TlsContext> context, int fd);
  ~TlsStream();
  TlsStream(const TlsStream&) = delete;
  TlsStream& operator=(const TlsStream&) = delete;

  /// `bytes` must stay until `read` has returned `want_more`.
  void feed(std::span<const char> bytes) noexcept { input_ = bytes; }
  /// Decrypts (and shakes hands). `size` gets the number of bytes with `ok`.
  Result read(std::span<char> out, std::size_t& size) noexcept;
  /// Encrypts and sends; `size` gets the number of bytes taken with `ok`. After `want_more` the same bytes, or more, must be
  /// offered again.
  Result write(std::span<const char> bytes, std::size_t& size) noexcept;
  /// `read` could not send what the handshake wanted to: call it again when the socket is writable.
  bool read_wants_to_write() const noexcept { return read_wants_to_write_; }
  bool is_established() const noexcept;
  /// Sends close_notify where possible.
  void say_goodbye() noexcept;

 private:
  friend struct TlsBio;
  Result result_of(int returned) noexcept;

  std::shared_ptr<const TlsContext> context_;
  ssl_st* ssl_ = nullptr;
  std::span<const char> input_;
  int fd_;
  bool read_wants_to_write_ = false;
  bool failed_ = false;
};

}  // namespace signaling::net
