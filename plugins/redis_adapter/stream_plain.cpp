// Streams without TLS.

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>

#include "stream.hpp"
#include "tcp_connect.hpp"

namespace signaling::redis_adapter {
namespace {

template <class Socket>
class PlainStream : public Stream, public std::enable_shared_from_this<PlainStream<Socket>> {
 public:
  explicit PlainStream(asio::io_context& io) : socket_(io) {}

  void async_read_some(asio::mutable_buffer buffer, Moved handler) override {
    socket_.async_read_some(buffer, std::move(handler));
  }
  void async_write(asio::const_buffer buffer, Moved handler) override {
    asio::async_write(socket_, buffer, std::move(handler));
  }
  void close() noexcept override {
    boost::system::error_code ignored;
    socket_.close(ignored);
  }

 protected:
  Socket socket_;
};

class TcpStream final : public PlainStream<asio::ip::tcp::socket> {
 public:
  TcpStream(asio::io_context& io, const ServerAddress& address) : PlainStream(io), address_(address), connect_(io) {}
  void async_open(Opened handler) override { connect_.start(socket_, address_, std::move(handler)); }
  void close() noexcept override {
    connect_.cancel();
    PlainStream::close();
  }

 private:
  ServerAddress address_;
  TcpConnect connect_;
};

class UnixStream final : public PlainStream<asio::local::stream_protocol::socket> {
 public:
  UnixStream(asio::io_context& io, const ServerAddress& address) : PlainStream(io), path_(address.path) {}
  void async_open(Opened handler) override {
    socket_.async_connect(asio::local::stream_protocol::endpoint(path_),
                          [handler = std::move(handler)](boost::system::error_code error) { handler(error, "connecting"); });
  }

 private:
  std::string path_;
};

}  // namespace

std::shared_ptr<Stream> make_tcp_stream(Environment& environment, const ServerAddress& address) {
  return std::make_shared<TcpStream>(environment.io, address);
}

std::shared_ptr<Stream> make_unix_stream(Environment& environment, const ServerAddress& address) {
  return std::make_shared<UnixStream>(environment.io, address);
}

std::shared_ptr<Stream> make_stream(Environment& environment, const ServerAddress& address) {
  if (address.is_unix()) return make_unix_stream(environment, address);
  return environment.tls ? make_tls_stream(environment, address) : make_tcp_stream(environment, address);
}

}  // namespace signaling::redis_adapter
