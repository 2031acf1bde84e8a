// Streams over TLS.

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>

#include "stream.hpp"
#include "tcp_connect.hpp"
#include "tls.hpp"

namespace signaling::redis_adapter {
namespace {

/// What SSL_set_tlsext_host_name does, which as a macro brings a cast that our warnings refuse.
bool set_server_name(SSL* ssl, std::string name) {
  return SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data()) == 1;
}

class TlsStream final : public Stream {
 public:
  TlsStream(Environment& environment, const ServerAddress& address)
      : stream_(environment.io, *environment.tls),
        address_(address),
        options_(environment.options.tls),
        connect_(environment.io) {}

  void async_open(Opened handler) override {
    connect_.start(stream_.next_layer(), address_,
                   [this, handler = std::move(handler)](boost::system::error_code error, const std::string& step) mutable {
                     if (error)
                       handler(error, step);
                     else
                       handshake(std::move(handler));
                   });
  }
  void async_read_some(asio::mutable_buffer buffer, Moved handler) override {
    stream_.async_read_some(buffer, std::move(handler));
  }
  void async_write(asio::const_buffer buffer, Moved handler) override {
    asio::async_write(stream_, buffer, std::move(handler));
  }
  void close() noexcept override {
    // Without close_notify: whatever was under way is answered by nobody, and RESP tells where a reply ends.
    connect_.cancel();
    boost::system::error_code ignored;
    stream_.next_layer().close(ignored);
  }

 private:
  void handshake(Opened handler) {
    const std::string& name = options_.server_name.empty() ? address_.host : options_.server_name;
    boost::system::error_code is_name;
    asio::ip::make_address(name, is_name);
    if (is_name) {  // RFC 6066: no addresses in SNI
      if (!set_server_name(stream_.native_handle(), name)) {
        handler(asio::error::invalid_argument, "TLS");
        return;
      }
    }
    if (options_.verify) stream_.set_verify_callback(asio::ssl::host_name_verification(name));
    stream_.async_handshake(asio::ssl::stream_base::client,
                            [this, handler = std::move(handler)](boost::system::error_code error) {
                              handler(error, error ? "TLS" + verification_problem(stream_.native_handle()) : "TLS");
                            });
  }
  static std::string verification_problem(SSL* ssl) {
    const long result = SSL_get_verify_result(ssl);
    return result == X509_V_OK ? std::string()
                               : std::string(" (certificate of the server: ") + X509_verify_cert_error_string(result) + ")";
  }

  asio::ssl::stream<asio::ip::tcp::socket> stream_;
  ServerAddress address_;
  const TlsOptions& options_;
  TcpConnect connect_;
};

}  // namespace

std::shared_ptr<Stream> make_tls_stream(Environment& environment, const ServerAddress& address) {
  return std::make_shared<TlsStream>(environment, address);
}

std::shared_ptr<asio::ssl::context> make_tls_context(const TlsOptions& options) {
  auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_client);
  boost::system::error_code error;
  const auto check = [&error](std::string_view key, const std::string& file) {
    if (error) throw std::runtime_error(std::string(key) + ": " + file + ": " + error.message());
  };
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  if (options.verify) {
    context->set_verify_mode(asio::ssl::verify_peer);
    if (options.ca_file.empty()) {
      context->set_default_verify_paths(error);
      check("tls_ca_file", "the system's certificates");
    } else {
      context->load_verify_file(options.ca_file, error);
      check("tls_ca_file", options.ca_file);
    }
  } else {
    context->set_verify_mode(asio::ssl::verify_none);
  }
  if (!options.cert_file.empty()) {
    context->use_certificate_chain_file(options.cert_file, error);
    check("tls_cert_file", options.cert_file);
    const auto& key = options.key_file.empty() ? options.cert_file : options.key_file;
    context->use_private_key_file(key, asio::ssl::context::pem, error);
    check("tls_key_file", key);
  } else if (!options.key_file.empty()) {
    throw std::runtime_error("tls_key_file: needs tls_cert_file");
  }
  return context;
}

}  // namespace signaling::redis_adapter
