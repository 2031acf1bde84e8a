#include "http_get.hpp"

#include <optional>
#include <stdexcept>
#include <utility>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/url/parse.hpp>

namespace signaling::auth_jwt {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;
using Tcp = asio::ip::tcp;

HttpTarget HttpTarget::parse(std::string_view url) {
  const auto parsed = boost::urls::parse_uri(boost::core::string_view(url.data(), url.size()));
  if (!parsed || (parsed->scheme() != "http" && parsed->scheme() != "https") || parsed->encoded_host().empty())
    throw std::runtime_error("is no URL that begins with https:// or http://");
  if (parsed->has_userinfo()) throw std::runtime_error("names a user, which is not supported");
  HttpTarget target;
  target.text = url;
  target.is_secure = parsed->scheme() == "https";
  target.host = parsed->host_address();
  target.port = parsed->has_port() ? std::string(parsed->port()) : target.is_secure ? "443" : "80";
  target.path = std::string(parsed->encoded_target());
  if (target.path.empty() || target.path.front() != '/') target.path.insert(0, "/");
  return target;
}

std::string HttpTarget::origin() const {
  const bool is_ipv6 = host.find(':') != std::string::npos;
  return (is_secure ? "https://" : "http://") + (is_ipv6 ? "[" + host + "]" : host) + ":" + port;
}

struct HttpGet::Context {
  asio::io_context io{1};
  // Stopped by `cancel` alone.
  asio::executor_work_guard<asio::io_context::executor_type> work = asio::make_work_guard(io);
};

namespace {

using TlsStream = asio::ssl::stream<beast::tcp_stream>;

[[noreturn]] void fail(std::string_view step, const error_code& error) {
  throw std::runtime_error(std::string(step) + ": " + error.message());
}

/// Asynchronous steps one after the other, each run until it is done: a blocking call has no time limit and cannot be
/// cancelled.
class Conversation {
 public:
  Conversation(asio::io_context& io, const HttpTarget& target, const HttpLimits& limits)
      : io_(io), target_(target), limits_(limits), deadline_(std::chrono::steady_clock::now() + limits.timeout), socket_(io) {}

  std::string run(const std::string& ca_file) {
    connect();
    if (!target_.is_secure) return talk(socket_);
    asio::ssl::context tls(asio::ssl::context::tls_client);
    error_code error;
    static_cast<void>(ca_file.empty() ? tls.set_default_verify_paths(error) : tls.load_verify_file(ca_file, error));
    if (error) fail("reading the trusted certificates", error);
    SSL_CTX_set_min_proto_version(tls.native_handle(), TLS1_2_VERSION);
    TlsStream stream(std::move(socket_), tls);
    stream.set_verify_mode(asio::ssl::verify_peer);
    stream.set_verify_callback(asio::ssl::host_name_verification(target_.host));
    // What SSL_set_tlsext_host_name does, without its cast; for names alone (RFC 6066 §3).
    std::string name = target_.host;
    asio::ip::make_address(name, error);
    if (error && SSL_ctrl(stream.native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data()) != 1)
      throw std::runtime_error("no memory");
    beast::get_lowest_layer(stream).expires_at(deadline_);
    step("TLS handshake", [&](auto done) { stream.async_handshake(asio::ssl::stream_base::client, std::move(done)); });
    return talk(stream);
  }

 private:
  /// Runs the step that `begin` starts with a completion handler.
  template <class Begin>
  void step(std::string_view what, Begin begin) {
    std::optional<error_code> result;
    begin([&result](const error_code& error, auto&&...) { result = error; });
    run_until(what, result);
  }
  void run_until(std::string_view what, std::optional<error_code>& result) {
    while (!result) {
      if (io_.run_one_until(deadline_) == 0)
        throw std::runtime_error(std::string(what) + (io_.stopped() ? ": cancelled" : ": timed out"));
    }
    if (*result == beast::error::timeout) throw std::runtime_error(std::string(what) + ": timed out");
    if (*result) fail(what, *result);
  }

  void connect() {
    Tcp::resolver resolver(io_);
    std::optional<error_code> result;
    Tcp::resolver::results_type addresses;
    resolver.async_resolve(target_.host, target_.port, [&](const error_code& error, Tcp::resolver::results_type found) {
      result = error;
      addresses = std::move(found);
    });
    run_until("looking up the host", result);
    socket_.expires_at(deadline_);
    step("connecting", [&](auto done) { socket_.async_connect(addresses, std::move(done)); });
  }

  template <class Stream>
  std::string talk(Stream& stream) {
    http::request<http::empty_body> request(http::verb::get, target_.path, 11);
    const bool is_ipv6 = target_.host.find(':') != std::string::npos;
    request.set(http::field::host, (is_ipv6 ? "[" + target_.host + "]" : target_.host) + ":" + target_.port);
    request.set(http::field::accept, "application/jwk-set+json, application/json");
    request.set(http::field::user_agent, "signaling-server");
    request.set(http::field::connection, "close");
    step("sending", [&](auto done) { http::async_write(stream, request, std::move(done)); });
    beast::flat_buffer buffer(limits_.max_body_bytes + 16'384);
    http::response_parser<http::string_body> parser;
    parser.body_limit(limits_.max_body_bytes);
    parser.header_limit(8192);
    step("receiving", [&](auto done) { http::async_read(stream, buffer, parser, std::move(done)); });
    if (parser.get().result_int() != 200)
      throw std::runtime_error("the answer is HTTP " + std::to_string(parser.get().result_int()) + ", wanted: 200");
    return std::move(parser.get().body());
  }

  asio::io_context& io_;
  const HttpTarget& target_;
  const HttpLimits& limits_;
  const std::chrono::steady_clock::time_point deadline_;
  beast::tcp_stream socket_;
};

}  // namespace

HttpGet::HttpGet() = default;
HttpGet::~HttpGet() = default;

std::string HttpGet::get(const HttpTarget& target, const HttpLimits& limits, const std::string& ca_file) {
  const auto context = std::make_shared<Context>();
  {
    const std::lock_guard lock(mutex_);
    if (is_cancelled_) throw std::runtime_error("cancelled");
    running_ = context;
  }
  struct Release {
    HttpGet& owner;
    ~Release() {
      const std::lock_guard lock(owner.mutex_);
      owner.running_.reset();
    }
  } release{*this};
  return Conversation(context->io, target, limits).run(ca_file);
}

void HttpGet::cancel() {
  const std::lock_guard lock(mutex_);
  is_cancelled_ = true;
  if (running_) running_->io.stop();
}

}  // namespace signaling::auth_jwt
