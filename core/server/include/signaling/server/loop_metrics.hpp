#pragma once
// What one event loop counts, over all layers, and how it is told on `/metrics`.

#include <array>
#include <cstdint>
#include <span>

#include <signaling/base/counter.hpp>
#include <signaling/engine/engine.hpp>
#include <signaling/net/counters.hpp>
#include <signaling/server/metrics_page.hpp>
#include <signaling/server/repeat_log.hpp>
#include <signaling/socketio/counters.hpp>

namespace signaling::server {

inline constexpr std::size_t transport_count = 2;
inline constexpr std::size_t close_reason_count = 6;

/// Text of an Engine.IO error as the client gets it, in lower case for labels and logs: `session id unknown`.
std::string_view to_string(engine::ErrorCode code) noexcept;
/// The same for a handshake that got 503: `too many sessions`.
std::string_view to_string(engine::Unavailable reason) noexcept;

/// Counters of the engine of one loop; written by that loop, read by any.
struct EngineCounters {
  std::array<base::Counter, transport_count> sessions;  ///< gauge: open now, by the transport they are on
  std::array<base::Counter, transport_count> opened;
  std::array<std::array<base::Counter, close_reason_count>, transport_count> closed;
  base::Counter upgrades;
  std::array<base::Counter, engine::error_code_count> errors;
  base::Counter messages_received, messages_sent;
  base::Counter message_bytes_received, message_bytes_sent;
  base::Counter dropped_volatile, dropped_overflow;
  std::array<base::Counter, engine::unavailable_count> unavailable;
  base::Counter queued_bytes;  ///< gauge: what polling sessions keep until their next poll
};

/// Counts for one engine; errors also go to the log, gathered.
class EngineMeter final : public engine::EngineObserver {
 public:
  EngineMeter(std::uint32_t loop, RepeatLog& log) : loop_(loop), log_(log) {}
  const EngineCounters& counters() const noexcept { return counters_; }

  void on_session_opened(engine::TransportName transport) override;
  void on_session_closed(engine::TransportName transport, engine::CloseReason reason) override;
  void on_upgraded() override;
  void on_error(engine::ErrorCode code, std::string_view remote_address) override;
  void on_message(bool sent, std::size_t bytes) override;
  void on_dropped(bool is_volatile) override;
  void on_unavailable(engine::Unavailable reason) override;
  void on_queue_changed(std::ptrdiff_t bytes) override;

 private:
  std::uint32_t loop_;
  RepeatLog& log_;
  EngineCounters counters_;
};

/// Where one loop's numbers are; pointers outlive the collection.
struct LoopSources {
  const EngineCounters* engine = nullptr;
  const net::Counters* net = nullptr;
  const net::LoopStatistics* loop = nullptr;
  const socketio::Counters* socketio = nullptr;
  std::uint64_t exceptions = 0;
};

/// Adds the samples of all loops: sums, but for the times of the loops themselves, which carry a `loop` label.
void collect_loops(std::span<const LoopSources> loops, MetricsPage& page);

/// `signaling_cluster_…`: what goes between nodes.
void collect_cluster(const socketio::ClusterCounters& counters, MetricsPage& page);

/// `process_…` of the Prometheus conventions, from /proc, and `signaling_recycled_bytes`.
void collect_process(MetricsPage& page);

}  // namespace signaling::server
