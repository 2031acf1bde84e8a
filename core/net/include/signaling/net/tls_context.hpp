#pragma once
// Certificate and key of a TLS listener.

#include <memory>
#include <string>

struct ssl_ctx_st;

namespace signaling::net {

struct TlsOptions {
  std::string certificate_file;  ///< PEM, the chain with the server's own certificate first
  std::string key_file;          ///< PEM
};

/// TLS 1.2 and 1.3, ALPN `http/1.1`. Constant once made and shared by all loops; connections keep the one they began with, so
/// a reload makes a new one (`Server::set_tls`).
class TlsContext {
 public:
  /// @throws std::runtime_error that names the file and what OpenSSL says of it.
  explicit TlsContext(const TlsOptions& options);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;
  /// `sha256:` and the first 8 bytes of the certificate's fingerprint, in hexadecimal: to tell one from another in logs.
  const std::string& fingerprint() const noexcept { return fingerprint_; }
  ssl_ctx_st* native() const noexcept { return context_; }

 private:
  ssl_ctx_st* context_ = nullptr;
  std::string fingerprint_;
};

}  // namespace signaling::net
