#include <array>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <signaling/net/tls_context.hpp>

namespace signaling::net {
namespace {

[[noreturn]] void refuse(const std::string& what) {
  const unsigned long code = ERR_get_error();
  const char* reason = code != 0 ? ERR_reason_error_string(code) : nullptr;
  ERR_clear_error();
  throw std::runtime_error(what + ": " + (reason != nullptr ? reason : "cannot be used"));
}

/// ALPN: a client that offers protocols gets `http/1.1` or none; WebSocket over HTTP/2 is not served.
int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in, unsigned in_size,
                    void*) {
  static constexpr unsigned char ours[] = "\x08http/1.1";
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_size, ours, sizeof ours - 1, in, in_size) != OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_NOACK;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

std::string fingerprint_of(const X509* certificate) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (certificate == nullptr || X509_digest(certificate, EVP_sha256(), digest.data(), &size) != 1) return {};
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text = "sha256:";
  for (std::size_t i = 0; i < 8; ++i) {
    text += digits[digest[i] >> 4];
    text += digits[digest[i] & 15];
  }
  return text;
}

}  // namespace

TlsContext::TlsContext(const TlsOptions& options) : context_(SSL_CTX_new(TLS_server_method())) {
  if (context_ == nullptr) refuse("TLS context");
  try {
    SSL_CTX_set_min_proto_version(context_, TLS1_2_VERSION);
    SSL_CTX_set_options(context_, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    // Partial writes and moving buffers: output is written from a scratch buffer of the loop. Idle connections give their
    // record buffers back.
    SSL_CTX_set_mode(context_, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    static constexpr unsigned char session_id_context[] = "signaling";
    SSL_CTX_set_session_id_context(context_, session_id_context, sizeof session_id_context - 1);
    SSL_CTX_set_session_cache_mode(context_, SSL_SESS_CACHE_OFF);  // tickets resume without memory here
    SSL_CTX_set_num_tickets(context_, 1);
    SSL_CTX_set_alpn_select_cb(context_, choose_protocol, nullptr);
    if (SSL_CTX_use_certificate_chain_file(context_, options.certificate_file.c_str()) != 1)
      refuse("TLS certificate " + options.certificate_file);
    if (SSL_CTX_use_PrivateKey_file(context_, options.key_file.c_str(), SSL_FILETYPE_PEM) != 1)
      refuse("TLS key " + options.key_file);
    if (SSL_CTX_check_private_key(context_) != 1)
      refuse("TLS key " + options.key_file + " for certificate " + options.certificate_file);
    fingerprint_ = fingerprint_of(SSL_CTX_get0_certificate(context_));
  } catch (...) {
    SSL_CTX_free(context_);
    throw;
  }
}

TlsContext::~TlsContext() { SSL_CTX_free(context_); }

}  // namespace signaling::net
