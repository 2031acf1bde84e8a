#include "tls_stream.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "failure.hpp"

namespace signaling::bench_load {

TlsContext::TlsContext() : context_(SSL_CTX_new(TLS_client_method())) {
  if (context_ == nullptr) throw Failure("OpenSSL gives no TLS context");
  SSL_CTX_set_min_proto_version(context_, TLS1_2_VERSION);
  SSL_CTX_set_verify(context_, SSL_VERIFY_NONE, nullptr);
  SSL_CTX_set_session_cache_mode(context_, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(context_, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  // Servers that are in a hurry leave out the close_notify.
  SSL_CTX_set_options(context_, SSL_OP_IGNORE_UNEXPECTED_EOF);
  // One recv for all records that are there, in place of two for each.
  SSL_CTX_set_read_ahead(context_, 1);
  // OpenSSL writes with write(): a server that is gone must be an error, not the end.
  std::signal(SIGPIPE, SIG_IGN);
}

TlsContext::~TlsContext() { SSL_CTX_free(context_); }

TlsStream::TlsStream(const TlsContext& context, int fd) : stream_(SSL_new(context.get())) {
  if (stream_ == nullptr || SSL_set_fd(stream_, fd) != 1) throw Failure("OpenSSL gives no TLS stream");
  SSL_set_connect_state(stream_);
}

TlsStream::~TlsStream() {
  SSL_free(stream_);
  // One queue for all streams: what this one left there would be told of the next.
  ERR_clear_error();
}

TlsStep TlsStream::handshake() { return step_after(SSL_do_handshake(stream_)); }

TlsStep TlsStream::read(char* buffer, std::size_t capacity, std::size_t& size) {
  return step_after(SSL_read_ex(stream_, buffer, capacity, &size));
}

TlsStep TlsStream::write(std::string_view bytes, std::size_t& sent) {
  return step_after(SSL_write_ex(stream_, bytes.data(), bytes.size(), &sent));
}

TlsStep TlsStream::step_after(int result) {
  if (result == 1) return TlsStep::done;
  switch (SSL_get_error(stream_, result)) {
    case SSL_ERROR_WANT_READ: return TlsStep::wants_read;
    case SSL_ERROR_WANT_WRITE: return TlsStep::wants_write;
    case SSL_ERROR_ZERO_RETURN: return TlsStep::ended;
    default: return TlsStep::failed;
  }
}

std::string TlsStream::reason() const {
  const unsigned long code = ERR_peek_error();
  const char* text = code != 0 ? ERR_reason_error_string(code) : nullptr;
  return text != nullptr ? text : std::strerror(errno);
}

}  // namespace signaling::bench_load
