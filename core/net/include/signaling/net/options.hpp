#pragma once
// Options of listeners and connections. Every wait and buffer has its bound here.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <signaling/base/clock.hpp>
#include <signaling/net/proxy_options.hpp>
#include <signaling/protocol/websocket_deflate.hpp>

namespace signaling::net {

class TlsContext;

struct ListenEndpoint {
  std::string address = "0.0.0.0";        ///< numeric; `::` takes IPv4 too
  std::uint16_t port = 3000;              ///< 0: the kernel chooses, `Server::port` tells
  std::shared_ptr<const TlsContext> tls;  ///< none: plain TCP
  /// Which of a loop's services answers here: see `Server::set_service`.
  std::uint32_t service = 0;
  /// One listener on loop 0 instead of one on each loop: for health and metrics.
  bool first_loop_only = false;
  /// `ServerOptions::proxy` holds here. Elsewhere every address is that of the TCP connection.
  bool behind_proxy = false;
};

struct HttpLimits {
  std::size_t max_header_bytes = 16 * 1024;
  std::size_t max_body_bytes = 1'000'000;
  /// Bytes read ahead of the request being served (pipelining); beyond it the kernel's buffer holds the peer back.
  std::size_t max_pipelined_bytes = 64 * 1024;
  base::Milliseconds header_timeout{10'000};  ///< from the first byte (a new connection: from accept) to the header's end
  base::Milliseconds body_timeout{20'000};
  base::Milliseconds keep_alive_timeout{65'000};
  base::Milliseconds write_timeout{30'000};  ///< an answer that the peer does not take
  /// After an answer that ends the connection, the peer may finish what it sends: closing with bytes unread would reset the
  /// connection and take the answer with it.
  base::Milliseconds linger_timeout{5'000};
  std::size_t max_linger_bytes = 16u << 20;
};

/// permessage-deflate; off where there are none.
using DeflateOptions = protocol::DeflateOptions;

struct WebSocketOptions {
  std::size_t max_message_bytes = 1'000'000;
  std::uint32_t max_fragments = 4096;  ///< of one message
  /// Pings and pongs of one connection within a second. Nobody else sees them: no session, no plugin.
  std::uint16_t max_control_frames_per_second = 100;
  /// Last resort for a peer that does not read; sessions close earlier by their own bound (twice that is sensible here).
  std::size_t max_send_queue_bytes = 8'000'000;
  base::Milliseconds close_timeout{5'000};
  std::optional<DeflateOptions> deflate;
};

struct ServerOptions {
  std::vector<ListenEndpoint> endpoints{ListenEndpoint{}};
  std::uint32_t workers = 1;  ///< event loops and threads, 1 … 256
  bool batches_sends = false;  ///< by io_uring: `send_batch_problem()` tells whether it can be had
  int backlog = 4096;
  std::uint32_t accepts_per_turn = 64;
  std::size_t max_connections = 1'000'000;
  std::size_t max_connections_per_address = 1'000'000;
  base::Milliseconds tls_handshake_timeout{10'000};
  std::size_t receive_buffer_bytes = 256 * 1024;  ///< per loop, shared by its connections
  HttpLimits http;
  WebSocketOptions websocket;
  ProxyOptions proxy;
};

/// Empty where this process can have `ServerOptions::batches_sends`; otherwise why not, for people. [any thread]
std::string send_batch_problem();

}  // namespace signaling::net
