#pragma once
// One TCP connection: HTTP first, WebSocket perhaps later. Every byte that is sent waits in the queue until the end of the
// turn (the cork); handlers are told of failures from there too, never from inside a call of theirs.
//
//   connection.cpp            socket: reading, closing, time limits, moving
//   connection_output.cpp     queue and flush
//   connection_http.cpp       requests and answers (HttpExchange)
//   connection_proxy.cpp      the client's address where a proxy is between
//   connection_websocket.cpp  frames (WebSocketChannel)

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include <signaling/base/timer_queue.hpp>
#include <signaling/engine/http_exchange.hpp>
#include <signaling/engine/websocket_channel.hpp>
#include <signaling/net/counters.hpp>
#include <signaling/net/loop.hpp>
#include <signaling/net/peer_address.hpp>
#include <signaling/protocol/websocket_reader.hpp>

#include "file_descriptor.hpp"
#include "send_queue.hpp"
#include "tls_stream.hpp"

namespace signaling::net {

class SendBatch;
class Worker;
struct HttpState;
struct ProxyPeer;
struct HttpError;

/// Owned by its worker. On that loop; between two loops while it moves. Small on purpose: there are very many that idle.
class Connection final : public IoHandler, public base::Timer, public engine::HttpExchange, public engine::WebSocketChannel {
 public:
  // Membership in the worker's lists.
  static constexpr std::uint8_t dirty_flag = 1;
  static constexpr std::uint8_t ready_flag = 2;
  static constexpr std::uint8_t again_flag = 4;
  static constexpr std::uint8_t failed_flag = 8;
  static constexpr std::uint8_t moving_flag = 16;
  static constexpr std::uint8_t heard_flag = 32;

  Connection(Worker& worker, FileDescriptor socket, const PeerAddress& address, std::uint8_t service);
  ~Connection();

  /// Registers the socket; before anything else on a loop. `proxy`: the peer is a trusted proxy, and its address not counted.
  void start(std::unique_ptr<TlsStream> tls, std::unique_ptr<ProxyPeer> proxy);
  /// The worker's turns: write what is queued; go on where an answer was given; read on; end after a failure.
  /// @param most  bytes, and for TLS a buffer beyond; what else is queued stays, and the connection is dirty again.
  void flush(std::size_t most);
  /// The same in two steps: adds what is queued to the batch, all of it and as one send. @return false where `flush` has to do
  /// it.
  bool stage(SendBatch& batch);
  /// @param result  what the batch tells; @param offered  bytes that were staged
  void end_staged(int result, std::size_t offered);
  void resume();
  void read_again();
  void end_failed() { lose(); }
  void close_if_idle();
  /// Tells who waits, closes the socket.
  void lose();
  /// Leaves this loop with its request; `arrive` on the other one serves it.
  void leave();
  void arrive(Worker& worker);
  std::uint32_t move_target() const noexcept;

  /// @return false where the flag was already set.
  bool raise(std::uint8_t flag) noexcept {
    const bool fresh = (list_flags_ & flag) == 0;
    list_flags_ |= flag;
    return fresh;
  }
  void lower(std::uint8_t flag) noexcept { list_flags_ = static_cast<std::uint8_t>(list_flags_ & ~flag); }
  std::uint8_t list_flags() const noexcept { return list_flags_; }

  // engine::HttpExchange
  const engine::HttpRequest& request() const override;
  void respond(engine::HttpReply&& reply) override;
  engine::WebSocketChannel& accept_websocket(engine::WebSocketHandler& handler,
                                             const std::vector<std::pair<std::string, std::string>>& headers) override;
  void set_owner(engine::ExchangeOwner* owner) override;

  // engine::WebSocketChannel
  void send(const protocol::MessagePtr& message) override;
  std::size_t queued_bytes() const override { return queue_.bytes(); }
  bool is_writable() const override { return !is_blocked_ && !owes_drained_; }
  void close(std::uint16_t code) override;
  void abandon() override;
  void set_handler(engine::WebSocketHandler& handler) override { handler_ = &handler; }
  void set_reading(bool reading) override;

 private:
  friend class Worker;     // the intrusive list
  friend class DirtyList;  // its place there

  enum class State : std::uint8_t {
    http,
    websocket,
    closing,    ///< our close frame is queued or sent; only the peer's is waited for
    finishing,  ///< ends as soon as the queue is empty, with or without lingering
    lingering,  ///< nothing more is sent; what the peer still sends is thrown away
    moving,     ///< to another loop at the end of the turn
    failed,     ///< ends at the end of the turn
    closed,
  };
  enum class Deadline : std::uint8_t { none, proxy_header, tls_handshake, header, body, idle, write, close, linger };

  // connection.cpp
  void on_io(std::uint32_t events) override;
  void on_events(std::uint32_t events);
  void on_timer(base::TimePoint now) override;
  void read(bool until_empty);
  void begin_protocol();
  void take(std::span<char> bytes);
  void read_tls(std::span<const char> cipher_text);
  std::size_t read_bound() const noexcept;
  void deliver(std::span<char> bytes);
  void on_end_of_stream();
  void fail();
  void shut();
  void arm(Deadline deadline, base::Milliseconds after);
  void disarm() noexcept;
  void count(Limit limit);
  void count(BadRequest kind);

  // connection_output.cpp
  void mark_dirty();
  void queue_text(std::string&& text);
  void queue_frame(protocol::MessagePtr frame);
  bool write_plain(std::size_t most, std::size_t& sent, std::size_t& offered);
  bool write_tls(std::size_t& sent, std::size_t& offered);
  void note_sent(std::size_t sent, std::size_t offered) noexcept;
  void end_flush();
  void after_flush();
  void begin_linger();

  // connection_http.cpp
  void take_http(std::span<char> bytes);
  void run_requests(std::span<char>& bytes);
  void on_header();
  void serve();
  bool moves_elsewhere();
  void refuse(const HttpError& error);
  void answer(engine::HttpReply&& reply);
  void advance_long_answer();
  void send_answer(const engine::HttpReply& reply);
  void finish_answer();
  void rest_http();
  void on_http_deadline(Deadline deadline);
  void release_http() noexcept;

  // connection_proxy.cpp
  void drop_proxy() noexcept;
  void take_proxy_header(std::span<char> bytes);
  bool find_client();
  /// @param counts  a proxy told of the client; false: it is the proxy's own connection
  /// @return false where the client has as many connections as it may: everything is as it was
  bool count_for(const PeerAddress& client, bool counts);

  // connection_websocket.cpp
  void begin_websocket();
  void take_frames(std::span<char> bytes);
  void take_event(const protocol::WebSocketEvent& event);
  void tell_growth();
  void on_peer_close(std::uint16_t code);
  void on_frame_error(std::uint16_t code, std::string_view why);
  void on_handler_exception() noexcept;
  /// @return false: more of them than allowed, the connection ends
  bool takes_control_frame();
  void pong(std::string_view payload);
  void end_with(std::uint16_t code, std::string_view why, bool lingers);

  Worker* worker_;
  Connection* previous_ = nullptr;
  Connection* next_ = nullptr;
  SendQueue queue_;
  std::unique_ptr<HttpState> http_;
  engine::WebSocketHandler* handler_ = nullptr;
  std::unique_ptr<TlsStream> tls_;
  protocol::WebSocketReader reader_;
  PeerAddress address_;  ///< the client's, as far as it is known
  FileDescriptor socket_;
  std::uint32_t lingered_bytes_ = 0;
  std::uint32_t dirty_place_ = 0;     ///< in the worker's list, while dirty_flag is set
  std::uint32_t control_second_ = 0;  ///< of the loop's clock: when `control_frames_` came
  std::uint16_t control_frames_ = 0;
  State state_ = State::http;
  Deadline deadline_ = Deadline::none;
  std::uint8_t service_;
  std::uint8_t list_flags_ = 0;
  std::uint8_t deflate_window_bits_ = 0;  ///< 0: permessage-deflate was not agreed on
  std::uint8_t blocked_pongs_ = 0;
  bool is_blocked_ : 1 = false;      ///< an earlier turn's bytes wait for the kernel
  bool owes_drained_ : 1 = false;    ///< was blocked, and the handler is still to be told that it is not
  bool is_read_paused_ : 1 = false;  ///< enough is read ahead
  bool is_reading_ : 1 = true;       ///< false: the WebSocket's handler wants no more for now
  bool ends_after_answer_ : 1 = false;
  bool peer_has_ended_ : 1 = false;
  bool lingers_ : 1 = false;
  bool is_websocket_ : 1 = false;
  bool is_proxied_secure_ : 1 = false;  ///< a PROXY protocol header told of TLS
  bool counts_address_ : 1 = true;      ///< with the limiter; a trusted proxy's is not before it told of a client
  bool has_proxy_ : 1 = false;          ///< the worker keeps a ProxyPeer: it is not known for good whose requests come here
};

}  // namespace signaling::net
