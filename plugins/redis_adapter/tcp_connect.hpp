#pragma once
// From the address of a server to a connected socket.

#include <functional>
#include <string>

#include <boost/asio/ip/tcp.hpp>

#include "environment.hpp"

namespace signaling::redis_adapter {

/// Looks the name up, tries its addresses in turn, and sets the options of the socket. Cancelled by closing the socket and
/// cancelling the resolver; both outlive the operation.
class TcpConnect {
 public:
  using Handler = std::function<void(boost::system::error_code, const std::string& step)>;

  explicit TcpConnect(asio::io_context& io) : resolver_(io) {}
  void start(asio::ip::tcp::socket& socket, const ServerAddress& address, Handler handler);
  void cancel() noexcept;

 private:
  void connect(asio::ip::tcp::socket& socket, const asio::ip::tcp::resolver::results_type& found, Handler handler);

  asio::ip::tcp::resolver resolver_;
  bool is_cancelled_ = false;
};

}  // namespace signaling::redis_adapter
