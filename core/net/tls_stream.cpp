#include "tls_stream.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <sys/socket.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

namespace signaling::net {

/// Connects OpenSSL with the loop's receive buffer and the socket. A memory BIO would copy and keep buffers; the socket BIO
/// reads record by record with two system calls each, and raises SIGPIPE.
struct TlsBio {
  static int read(BIO* bio, char* out, int size) {
    auto& stream = *static_cast<TlsStream*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    if (stream.input_.empty()) {
      BIO_set_retry_read(bio);
      return -1;
    }
    const std::size_t taken = std::min(static_cast<std::size_t>(size), stream.input_.size());
    std::memcpy(out, stream.input_.data(), taken);
    stream.input_ = stream.input_.subspan(taken);
    return static_cast<int>(taken);
  }

  static int write(BIO* bio, const char* data, int size) {
    const auto& stream = *static_cast<TlsStream*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    for (;;) {
      const ssize_t sent = ::send(stream.fd_, data, static_cast<std::size_t>(size), MSG_NOSIGNAL);
      if (sent >= 0) return static_cast<int>(sent);
      if (errno == EINTR) continue;
      if (errno == EAGAIN) BIO_set_retry_write(bio);
      return -1;
    }
  }

  static long control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

  static int create(BIO* bio) {
    BIO_set_init(bio, 1);
    return 1;
  }

  static BIO_METHOD* method() {
    static BIO_METHOD* const made = [] {
      BIO_METHOD* m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "signaling connection");
      if (m == nullptr) throw std::bad_alloc();
      BIO_meth_set_read(m, read);
      BIO_meth_set_write(m, write);
      BIO_meth_set_ctrl(m, control);
      BIO_meth_set_create(m, create);
      return m;
    }();
    return made;
  }
};

TlsStream::TlsStream(std::shared_ptr<const TlsContext> context, int fd)
    : context_(std::move(context)), ssl_(SSL_new(context_->native())), fd_(fd) {
  BIO* bio = ssl_ != nullptr ? BIO_new(TlsBio::method()) : nullptr;
  if (bio == nullptr) {
    SSL_free(ssl_);
    throw std::bad_alloc();
  }
  BIO_set_data(bio, this);
  SSL_set_bio(ssl_, bio, bio);
  SSL_set_accept_state(ssl_);
}

TlsStream::~TlsStream() { SSL_free(ssl_); }

TlsStream::Result TlsStream::result_of(int returned) noexcept {
  switch (SSL_get_error(ssl_, returned)) {
    case SSL_ERROR_WANT_READ: return Result::want_more;
    case SSL_ERROR_WANT_WRITE: read_wants_to_write_ = true; return Result::want_more;
    case SSL_ERROR_ZERO_RETURN: return Result::closed;
    default:
      failed_ = true;
      ERR_clear_error();  // the queue is the thread's: what is left there would be taken for the next connection's error
      return Result::failed;
  }
}

TlsStream::Result TlsStream::read(std::span<char> out, std::size_t& size) noexcept {
  read_wants_to_write_ = false;
  ERR_clear_error();
  const int returned = SSL_read_ex(ssl_, out.data(), out.size(), &size);
  return returned == 1 ? Result::ok : result_of(returned);
}

TlsStream::Result TlsStream::write(std::span<const char> bytes, std::size_t& size) noexcept {
  const bool waiting_read = read_wants_to_write_;
  ERR_clear_error();
  const int returned = SSL_write_ex(ssl_, bytes.data(), bytes.size(), &size);
  if (returned == 1) return Result::ok;
  const Result result = result_of(returned);
  read_wants_to_write_ = waiting_read;
  return result;
}

bool TlsStream::is_established() const noexcept { return SSL_is_init_finished(ssl_) == 1; }

void TlsStream::say_goodbye() noexcept {
  if (failed_ || !is_established()) return;
  ERR_clear_error();
  if (SSL_shutdown(ssl_) < 0) ERR_clear_error();
}

}  // namespace signaling::net
