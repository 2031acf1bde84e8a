#pragma once
// Listeners, loops and connections together.

#include <cstdint>
#include <memory>

#include <signaling/base/clock.hpp>
#include <signaling/net/counters.hpp>
#include <signaling/net/http_service.hpp>
#include <signaling/net/loop.hpp>
#include <signaling/net/options.hpp>

namespace signaling::net {

/// Order: construct, make the per-loop services against `loop(i)`, `set_service`, `set_router`, `start`; later
/// `shutdown`, destroy. Services must outlive the server's threads: they end in `stop` (the destructor calls it).
///
///     net::Server server(options);
///     EchoService service;                       // an HttpService
///     for (std::uint32_t i = 0; i < server.loop_count(); ++i) server.set_service(i, service);
///     server.start();
class Server {
 public:
  /// Makes the loops; binds nothing. @throws std::invalid_argument, std::system_error.
  explicit Server(ServerOptions options);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::uint32_t loop_count() const noexcept;
  Loop& loop(std::uint32_t index) noexcept;

  /// @param number matches `ListenEndpoint::service`; 404 where no service was set. [startup]
  void set_service(std::uint32_t loop, HttpService& service, std::uint32_t number = 0);
  /// [startup]
  void set_router(const ConnectionRouter& router);

  /// Binds the endpoints, starts the threads. @throws std::system_error whose text names address and port. [startup]
  void start();
  /// Bound port of an endpoint, after `start`.
  std::uint16_t port(std::size_t endpoint = 0) const;
  /// For connections to come. [any thread]
  void set_tls(std::size_t endpoint, std::shared_ptr<const TlsContext> tls);

  /// Takes over `http`, `websocket` without its `deflate`, `tls_handshake_timeout`, `max_connections` and
  /// `max_connections_per_address`; the rest stays. For connections there are too, from their next step on. [any thread]
  void set_limits(const ServerOptions& fresh);
  /// Every answer from now on ends its connection, so that the next request may go to another node. [any thread]
  void end_keep_alive();
  /// New connections are refused by the kernel from now on. [any thread]
  void stop_accepting();
  /// Closes keep-alive connections that wait for a request; the others close after the answer they owe. Also stops accepting.
  /// [any thread]
  void close_idle();
  /// `close_idle`, waits until every connection is gone or the deadline is over, then ends the rest, the loops and threads.
  /// WebSockets are for the sessions to close. @return true where nothing had to be cut. [not on a loop]
  bool shutdown(base::Milliseconds deadline);
  /// Ends loops and threads at once; connections are closed and whoever waits on them is told, on their loops. [not on a loop]
  void stop();

  /// Connections now, all loops. [any thread]
  std::size_t connection_count() const noexcept;
  /// [any thread]
  const Counters& counters(std::uint32_t loop) const noexcept;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace signaling::net
