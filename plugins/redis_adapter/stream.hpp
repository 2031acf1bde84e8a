#pragma once
// Bytes to and from a server: TCP, TLS or a Unix socket.

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include <boost/asio/buffer.hpp>
#include <boost/system/error_code.hpp>

#include "environment.hpp"

namespace signaling::redis_adapter {

/// One connection attempt and the connection that came of it. At most one reading and one writing operation at a time. Handlers
/// run from turns of their own, aborted ones too: whoever starts an operation keeps the stream and the buffer alive until then.
class Stream {
 public:
  using Opened = std::function<void(boost::system::error_code, const std::string& step)>;  ///< step: what failed, for messages
  using Moved = std::function<void(boost::system::error_code, std::size_t bytes)>;

  virtual ~Stream() = default;
  virtual void async_open(Opened handler) = 0;
  virtual void async_read_some(asio::mutable_buffer buffer, Moved handler) = 0;
  /// All of it, or an error.
  virtual void async_write(asio::const_buffer buffer, Moved handler) = 0;
  virtual void close() noexcept = 0;
};

std::shared_ptr<Stream> make_stream(Environment& environment, const ServerAddress& address);
std::shared_ptr<Stream> make_tcp_stream(Environment& environment, const ServerAddress& address);
std::shared_ptr<Stream> make_tls_stream(Environment& environment, const ServerAddress& address);
std::shared_ptr<Stream> make_unix_stream(Environment& environment, const ServerAddress& address);

}  // namespace signaling::redis_adapter
