#pragma once
// Reads the counters of all layers: for the metrics, and for the log where something grows that operators want to know of.

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <spdlog/logger.h>

#include <signaling/net/server.hpp>
#include <signaling/server/loop_metrics.hpp>
#include <signaling/server/repeat_log.hpp>
#include <signaling/socketio/server.hpp>

namespace signaling::server {

/// References outlive this.
class NodeWatch {
 public:
  /// @param engines  counters by loop
  /// @param shard    of `repeats`, this one's own
  NodeWatch(net::Server& net, const socketio::Server& socketio, std::vector<const EngineCounters*> engines, RepeatLog& repeats,
            std::size_t shard, std::shared_ptr<spdlog::logger> log);

  /// Tells limits reached, malformed input, drops and exceptions that are new; about once a second. One thread.
  void tick();
  /// [any thread]
  void collect(MetricsPage& page) const;

 private:
  void tell_growth(std::uint64_t& seen, std::uint64_t count, std::string_view component, const std::string& kind);
  template <class Get>
  std::uint64_t sum(Get get) const;

  net::Server& net_;
  const socketio::Server& socketio_;
  const std::vector<const EngineCounters*> engines_;
  RepeatLog& repeats_;
  const std::size_t shard_;
  const std::shared_ptr<spdlog::logger> log_;
  std::array<std::uint64_t, net::limit_count> seen_limits_{};
  std::array<std::uint64_t, net::bad_request_count> seen_bad_requests_{};
  std::array<std::uint64_t, socketio::drop_count> seen_drops_{};
  std::array<std::uint64_t, socketio::cluster_drop_count> seen_cluster_drops_{};
  std::uint64_t seen_exceptions_ = 0;
};

}  // namespace signaling::server
