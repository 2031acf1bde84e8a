#include <utility>

#include <signaling/server/node_watch.hpp>

namespace signaling::server {

NodeWatch::NodeWatch(net::Server& net, const socketio::Server& socketio, std::vector<const EngineCounters*> engines,
                     RepeatLog& repeats, std::size_t shard, std::shared_ptr<spdlog::logger> log)
    : net_(net), socketio_(socketio), engines_(std::move(engines)), repeats_(repeats), shard_(shard), log_(std::move(log)) {}

template <class Get>
std::uint64_t NodeWatch::sum(Get get) const {
  std::uint64_t total = 0;
  for (std::uint32_t loop = 0; loop < engines_.size(); ++loop) total += get(loop);
  return total;
}

void NodeWatch::tell_growth(std::uint64_t& seen, std::uint64_t count, std::string_view component, const std::string& kind) {
  if (count > seen) repeats_.add(shard_, component, kind, "", count - seen);
  seen = count;
}

void NodeWatch::tick() {
  for (std::size_t i = 0; i < net::limit_count; ++i) {
    const std::uint64_t count = sum([&](std::uint32_t loop) { return net_.counters(loop).limits[i].value(); });
    tell_growth(seen_limits_[i], count, "net", "limit reached: " + std::string(to_string(static_cast<net::Limit>(i))));
  }
  for (std::size_t i = 0; i < net::bad_request_count; ++i) {
    const std::uint64_t count = sum([&](std::uint32_t loop) { return net_.counters(loop).bad_requests[i].value(); });
    tell_growth(seen_bad_requests_[i], count, "net",
                "malformed input: " + std::string(to_string(static_cast<net::BadRequest>(i))));
  }
  for (std::size_t i = 0; i < socketio::drop_count; ++i) {
    const std::uint64_t count = sum([&](std::uint32_t loop) { return socketio_.counters(loop).drops[i].value(); });
    tell_growth(seen_drops_[i], count, "socketio",
                "dropped or refused: " + std::string(to_string(static_cast<socketio::Drop>(i))));
  }
  for (std::size_t i = 0; i < socketio::cluster_drop_count; ++i) {
    tell_growth(seen_cluster_drops_[i], socketio_.cluster_counters().drops[i].load(std::memory_order_relaxed), "cluster",
                "dropped or refused: " + std::string(to_string(static_cast<socketio::ClusterDrop>(i))));
  }
  const std::uint64_t exceptions =
      sum([&](std::uint32_t loop) { return net_.loop(loop).exceptions() + net_.counters(loop).exceptions.value(); });
  if (exceptions > seen_exceptions_)
    log_->error("{} exceptions left a handler on an event loop: please report", exceptions - seen_exceptions_);
  seen_exceptions_ = exceptions;
}

void NodeWatch::collect(MetricsPage& page) const {
  std::vector<LoopSources> sources;
  for (std::uint32_t i = 0; i < engines_.size(); ++i) {
    const net::Loop& loop = net_.loop(i);
    sources.push_back({engines_[i], &net_.counters(i), &loop.statistics(), &socketio_.counters(i), loop.exceptions()});
  }
  collect_loops(sources, page);
  collect_cluster(socketio_.cluster_counters(), page);
}

}  // namespace signaling::server
