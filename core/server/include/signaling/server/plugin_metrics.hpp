#pragma once
// Metrics that plugins make for themselves, as one source of `/metrics`.

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include <signaling/plugin_api/host.hpp>

namespace signaling::server {

/// All plugins' metrics. Values are atomics that plugins write without a lock; the lock holds off registration and collection
/// alone. [any thread]
///
/// Ownership: outlives the plugins, whose `Metric&` point into it.
class PluginMetrics final : public prometheus::Collectable {
 public:
  static constexpr std::size_t max_series_per_plugin = 1000;

  PluginMetrics();
  ~PluginMetrics() override;

  /// The metric `signaling_plugin_<plugin>_<name>`: the same arguments give the same object. What Prometheus could not take
  /// (names, another kind under the same name, too many series) gives a metric that nobody sees, and says why in `problem`.
  plugin_api::Metric& metric(std::string_view plugin, plugin_api::MetricKind kind, std::string_view name, std::string_view help,
                             std::span<const plugin_api::Label> labels, std::string& problem);

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  class Value;
  struct Family;
  using Labels = std::vector<prometheus::ClientMetric::Label>;

  mutable std::mutex mutex_;  ///< families_, series_count_ and what they hold, except the values themselves
  std::map<std::string, Family, std::less<>> families_;
  std::map<std::string, std::size_t, std::less<>> series_count_;  ///< by plugin
  std::unique_ptr<Value> unseen_;
};

}  // namespace signaling::server
