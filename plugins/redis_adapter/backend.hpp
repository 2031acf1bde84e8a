#pragma once
// The way to Redis as the adapter's logic sees it: commands, scripts, published messages and subscriptions by partition,
// whether one server, a Sentinel set or a cluster is behind it. Which connection carries what, and how it comes back, stays
// inside.

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <signaling/plugin_api/host.hpp>

#include "options.hpp"
#include "reply.hpp"
#include "script.hpp"

namespace boost::asio {
class io_context;
}

namespace signaling::redis_adapter {

/// Everything of one partition lives on one master, so that a script may touch several of its keys. 0 … partition_count() - 1.
using Partition = std::uint32_t;

/// The server that has come to serve partitions.
struct ServerIdentity {
  std::string_view run_id;   ///< new with each start of a server process
  std::string_view address;  ///< for logs
  std::string_view version;
  bool is_new_server = false;  ///< another run_id than the partition was up with before; false at the first on_up
  bool is_planned_move =
      false;  ///< the partition was moved with its data between two living masters (then is_new_server is true)
};

/// All functions on the adapter's thread, from turns of the io_context of their own: never from within a function of Backend.
/// An exception that escapes one of them is logged and dropped.
class BackendObserver {
 public:
  /// Commands are taken for these partitions, and everything that was wanted is subscribed. Ends what `on_down` began.
  virtual void on_up(std::span<const Partition> partitions, const ServerIdentity& server) = 0;
  /// A connection that serves these partitions ended, or they move to another master. Told once; from here to the next on_up
  /// any message may be missed, though others still arrive. A partition that was never up is not told of.
  virtual void on_down(std::span<const Partition> partitions, std::string_view reason) = 0;
  /// The views live for the call. Messages of one channel and publisher in the order of their publishing. Only channels that
  /// are wanted.
  virtual void on_message(Partition partition, std::string_view channel, std::string_view payload) = 0;
  /// A server was reached and cannot be used as things are: too old, wrong password, no cluster, unknown Sentinel master … The
  /// backend goes on trying (backed off); the adapter's start may give up with this text. Repeated with each attempt.
  virtual void on_refused(std::string_view reason) = 0;
  /// One line for the log; repeats are damped already.
  virtual void on_log(plugin_api::LogLevel level, std::string_view text) = 0;

 protected:
  ~BackendObserver() = default;
};

/// Counted from the start; gauges where it says `now`.
struct BackendStats {
  std::uint64_t commands = 0;         ///< handed to a connection, retries not counted
  std::uint64_t retries = 0;          ///< MOVED, ASK, TRYAGAIN, LOADING, READONLY, NOSCRIPT …
  std::uint64_t commands_unsent = 0;  ///< `away`
  std::uint64_t commands_full = 0;    ///< `full`
  std::uint64_t commands_lost = 0;    ///< `lost` and `timeout`
  std::uint64_t server_errors = 0;    ///< `server`
  std::uint64_t connect_attempts = 0;
  std::uint64_t connect_failures = 0;
  std::uint64_t connections_lost = 0;  ///< that had been usable
  std::uint64_t topology_changes = 0;  ///< a master came, went or was replaced; a partition moved
  std::uint64_t bytes_written = 0;
  std::uint64_t bytes_read = 0;
  std::uint64_t messages = 0;               ///< on_message
  std::uint64_t queue_bytes = 0;            ///< now: commands not answered yet, all connections
  std::uint64_t connections = 0;            ///< now: usable
  std::uint64_t subscriptions = 0;          ///< now: wanted channels
  std::uint64_t subscriptions_pending = 0;  ///< now: wanted and not confirmed
  std::uint64_t partitions_down = 0;        ///< now
};

/// Threads: every function on the thread that runs the io_context (or before it runs).
/// Lifetime: `start`, then `stop`; destroyed after `stop`. Handlers that are outstanding at `stop` are told `lost` or `away`
/// from within it; no handler and no observer function is called after it has returned.
class Backend {
 public:
  using Timeout = std::chrono::milliseconds;

  virtual ~Backend() = default;

  /// Begins to connect, and stays at it until `stop`.
  virtual void start() = 0;
  virtual void stop() = 0;
  /// Takes over the credentials of servers and Sentinels, and the time limits of connecting and commands, for connections to
  /// come.
  virtual void use_login_and_limits(const BackendOptions&) {}

  /// 1 on a single server and behind Sentinel, 256 in a cluster. The same in every node and release.
  virtual std::uint32_t partition_count() const noexcept = 0;
  /// Stable hash of a name: the same in every node and release.
  virtual Partition partition_of(std::string_view name) const noexcept = 0;
  /// Text such as `{p17}` that every key and channel of the partition contains once, before any other brace.
  virtual std::string_view tag(Partition partition) const noexcept = 0;
  virtual bool is_up(Partition partition) const noexcept = 0;
  virtual bool are_all_up() const noexcept = 0;

  /// `args`: the command and its arguments; copied before it returns. Commands of one partition are carried out in the order of
  /// the calls, those of `publish` and `eval` among them. While the partition is down: `away`, at once (after the turn); while
  /// it moves between two masters that both live, commands wait instead. `timeout`: for all of it, retries included.
  virtual void command(Partition partition, std::span<const std::string_view> args, Timeout timeout, ReplyHandler handler) = 0;
  /// EVALSHA, and EVAL where the server does not know the script yet. `script` outlives the command. All keys contain the tag.
  virtual void eval(Partition partition, const Script& script, std::span<const std::string_view> keys,
                    std::span<const std::string_view> args, Timeout timeout, ReplyHandler handler) = 0;
  /// PUBLISH, or SPUBLISH in a cluster. The reply is the number of connections that the message was given to.
  virtual void publish(Partition partition, std::string_view channel, std::string_view payload, Timeout timeout,
                       ReplyHandler handler) = 0;

  /// Wants a channel until `unsubscribe`. The handler is told `ok` (`value` is nullptr) once the server has confirmed it, or
  /// `away` while the partition is down or when it goes down before: the channel stays wanted then, and is subscribed before
  /// the next on_up. Subscribing what is wanted already answers as soon as that is confirmed.
  virtual void subscribe(Partition partition, std::string_view channel, ReplyHandler handler) = 0;
  /// No message of the channel is delivered from here on, though the server may hear of it later.
  virtual void unsubscribe(Partition partition, std::string_view channel) = 0;

  /// The logic's verdict over connections that look alive and do not deliver: rebuilds that subscription connection, or both of
  /// the master that serves the partition. on_down is told, then on_up. Nothing where it is down already.
  virtual void restart_subscriber(Partition partition, std::string_view reason) = 0;
  virtual void reconnect(Partition partition, std::string_view reason) = 0;

  virtual BackendStats stats() const = 0;
};

/// `io` and `observer` outlive the backend. Throws std::runtime_error where the options cannot be used at all (a certificate
/// file that cannot be read): the text names the key.
std::unique_ptr<Backend> make_backend(boost::asio::io_context& io, const BackendOptions& options, BackendObserver& observer);

}  // namespace signaling::redis_adapter
