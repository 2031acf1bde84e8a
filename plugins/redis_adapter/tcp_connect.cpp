#include "tcp_connect.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/error.hpp>

namespace signaling::redis_adapter {
namespace {

void set_option(int socket, int level, int name, int value) noexcept {
  // What the system does not take is not needed: the probes of the layers above find a dead connection too.
  static_cast<void>(::setsockopt(socket, level, name, &value, sizeof value));
}

void set_options(int socket) noexcept {
  set_option(socket, IPPROTO_TCP, TCP_NODELAY, 1);
  // A peer that vanished without a word is found within about ten seconds, with data under way or without.
  set_option(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(socket, IPPROTO_TCP, TCP_KEEPIDLE, 4);
  set_option(socket, IPPROTO_TCP, TCP_KEEPINTVL, 2);
  set_option(socket, IPPROTO_TCP, TCP_KEEPCNT, 3);
  set_option(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, 10'000);
}

}  // namespace

void TcpConnect::start(asio::ip::tcp::socket& socket, const ServerAddress& address, Handler handler) {
  using asio::ip::tcp;
  // An address needs no lookup, and lookups have a thread of their own.
  boost::system::error_code not_literal;
  const auto literal = asio::ip::make_address(address.host, not_literal);
  if (!not_literal) {
    connect(socket, tcp::resolver::results_type::create(tcp::endpoint(literal, address.port), address.host, {}),
            std::move(handler));
    return;
  }
  resolver_.async_resolve(address.host, std::to_string(address.port), tcp::resolver::numeric_service,
                          [this, &socket, handler = std::move(handler)](boost::system::error_code error,
                                                                        const tcp::resolver::results_type& found) mutable {
                            if (!error && is_cancelled_) error = asio::error::operation_aborted;
                            if (error)
                              handler(error, "looking up the name");
                            else
                              connect(socket, found, std::move(handler));
                          });
}

void TcpConnect::connect(asio::ip::tcp::socket& socket, const asio::ip::tcp::resolver::results_type& found, Handler handler) {
  // Closing the socket ends the attempt on one address; the condition ends the walk over the others.
  asio::async_connect(
      socket, found, [this](const boost::system::error_code&, const asio::ip::tcp::endpoint&) { return !is_cancelled_; },
      [this, &socket, handler = std::move(handler)](boost::system::error_code error, const asio::ip::tcp::endpoint&) {
        if (!error && is_cancelled_) error = asio::error::operation_aborted;
        if (!error) set_options(socket.native_handle());
        handler(error, "connecting");
      });
}

void TcpConnect::cancel() noexcept {
  is_cancelled_ = true;
  resolver_.cancel();
}

}  // namespace signaling::redis_adapter
