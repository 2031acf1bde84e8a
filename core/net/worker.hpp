#pragma once
// The connections of one loop and what they share: buffers, pools, codec state, counters, and the lists of who has something
// to do at the end of the turn.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include <signaling/net/counters.hpp>
#include <signaling/net/http_service.hpp>
#include <signaling/net/loop.hpp>
#include <signaling/net/options.hpp>
#include <signaling/protocol/websocket_deflate.hpp>
#include <signaling/protocol/websocket_reader.hpp>

#include "connection.hpp"
#include "dirty_list.hpp"
#include "file_descriptor.hpp"
#include "output_hold.hpp"
#include "send_batch.hpp"
#include "send_queue.hpp"
#include "server_state.hpp"
#include "turn_budget.hpp"

namespace signaling::net {

class Listener;

/// Owns its connections. On its loop's thread, unless said otherwise.
class Worker final : private TurnListener {
 public:
  Worker(ServerState& state, Loop& loop);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Before the threads start:
  void set_service(std::uint32_t number, HttpService& service);
  void add_listener(FileDescriptor socket, std::size_t endpoint);

  /// nullptr where none was set.
  HttpService* service(std::uint32_t number) const noexcept;
  Loop& loop() noexcept { return loop_; }
  ServerState& state() noexcept { return state_; }
  const ServerOptions& options() const noexcept { return options_; }
  Counters& counters() noexcept { return counters_; }

  bool is_trusted_proxy(const PeerAddress& address, std::size_t endpoint) const noexcept {
    return options().endpoints[endpoint].behind_proxy && options().proxy.trusted.contains(address);
  }
  /// A socket that was accepted; it is already counted in the limiter, `address` only where it is not a proxy's.
  void open(FileDescriptor socket, const PeerAddress& address, bool is_proxy, std::size_t endpoint);
  /// A connection that comes from another loop.
  void adopt(std::unique_ptr<Connection> connection);
  /// Takes over what `Server::set_limits` says of the fresh options.
  void set_limits(const ServerOptions& fresh);
  void stop_accepting();
  void close_idle();
  /// Ends every connection and tells who waits on it, in the loop's last turn.
  void end_all();

  // For connections:
  void add_dirty(Connection& connection) { dirty_.add(connection); }
  /// Output that the turns before had no time for still waits. Senders of much are read on when it is written: what comes in
  /// does not grow over what goes out.
  bool is_behind() const noexcept { return is_behind_; }
  /// It has sent something in this turn: what there is for it is written at its end.
  void add_heard(Connection& connection) { add(heard_, connection, Connection::heard_flag); }
  void add_ready(Connection& connection);
  void add_again(Connection& connection);
  void add_failed(Connection& connection) { add(failed_, connection, Connection::failed_flag); }
  void add_moving(Connection& connection) { add(moving_, connection, Connection::moving_flag); }
  /// The connection has closed its socket; it is destroyed at the end of the turn.
  void bury(Connection& connection);

  /// Kept here as a member of every connection would be one that very many idle ones have no use for. `proxy` only between
  /// `keep_proxy` and `take_proxy`.
  void keep_proxy(const Connection& connection, std::unique_ptr<ProxyPeer> proxy);
  ProxyPeer& proxy(const Connection& connection) noexcept { return *proxies_.find(&connection)->second; }
  std::unique_ptr<ProxyPeer> take_proxy(const Connection& connection) noexcept;

  std::unique_ptr<HttpState> take_http_state();
  void give_back(std::unique_ptr<HttpState> state) noexcept;

  std::span<char> receive_buffer() noexcept { return {receive_buffer_.get(), options().receive_buffer_bytes}; }
  /// For decrypted bytes; made when the first TLS connection needs it.
  std::span<char> plain_buffer();
  std::span<char> send_buffer() noexcept { return {send_buffer_.get(), send_buffer_bytes}; }
  /// Bytes that one more connection may compress in this turn: what several do at the same time does not add up.
  std::size_t take_compression_share() noexcept { return std::exchange(compression_share_, 0); }
  FrameListPool& frame_lists() noexcept { return frame_lists_; }
  protocol::WebSocketReadContext& read_context() noexcept { return read_context_; }
  protocol::WebSocketDeflater& deflater() noexcept { return deflater_; }

 private:
  /// With fewer, a batch costs as much as their sends do.
  static constexpr std::size_t least_batch = 8;
  static constexpr std::size_t send_buffer_bytes = 64 * 1024;
  static constexpr std::size_t compression_bytes_per_turn = 8 * 1024;
  using List = std::vector<Connection*>;

  bool on_turn_end() override;
  void flush_output();
  void flush_all();
  void flush_dirty();
  void flush_heard();
  /// @return whether there is time for more
  bool flush_within(TurnBudget<>& budget, Connection& connection) noexcept;
  /// The same, or it is staged, which `send_staged` has to follow.
  bool flush_or_stage(TurnBudget<>& budget, Connection& connection, bool batches) noexcept;
  bool send_staged(TurnBudget<>& budget) noexcept;
  bool batches_for(std::size_t connections) const noexcept { return batch_ != nullptr && connections >= least_batch; }
  void flush_moving();
  void run_ready();
  void run_again();
  void hand_over_moving();
  void destroy_buried();
  void link(Connection& connection) noexcept;
  void unlink(Connection& connection) noexcept;
  /// Takes it out of the lists that its flags say it is in.
  void forget(Connection& connection) noexcept;
  /// A step of one connection's work: what it throws (out of memory) ends that connection and no other.
  template <class F>
  void guarded(Connection& connection, F&& step) noexcept {
    try {
      step(connection);
    } catch (...) {
      counters_.exceptions.add();
      connection.lose();
    }
  }
  void add(List& list, Connection& connection, std::uint8_t flag) {
    if (connection.raise(flag)) list.push_back(&connection);
  }

  ServerState& state_;
  Loop& loop_;
  ServerOptions options_;  ///< this loop's own: readers of requests refer to it
  Counters counters_;
  std::vector<HttpService*> services_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  Connection* first_ = nullptr;
  bool has_ended_ = false;
  bool is_behind_ = false;
  std::size_t compression_share_ = compression_bytes_per_turn;
  DirtyList dirty_;
  std::unique_ptr<SendBatch> batch_;             ///< none where `ServerOptions::batches_sends` is off or the kernel has refused
  std::optional<DirtyList::Place> again_after_;  ///< while behind: who is read on waits until those before it are written
  List heard_;
  OutputHold hold_;
  List ready_;
  List again_;
  List failed_;
  List moving_;
  List scratch_;
  std::vector<std::unique_ptr<Connection>> buried_;
  std::vector<std::unique_ptr<HttpState>> http_states_;
  std::unordered_map<const Connection*, std::unique_ptr<ProxyPeer>> proxies_;
  FrameListPool frame_lists_;
  std::unique_ptr<char[]> receive_buffer_;
  std::unique_ptr<char[]> plain_buffer_;
  std::unique_ptr<char[]> send_buffer_;
  protocol::WebSocketReadContext read_context_;
  protocol::WebSocketDeflater deflater_;
};

}  // namespace signaling::net
