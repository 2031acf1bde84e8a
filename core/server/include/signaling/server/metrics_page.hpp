#pragma once
// The text of `/metrics`, put together at each request from counters that the loops write without locks.

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <prometheus/metric_family.h>

namespace signaling::server {

using MetricLabel = std::pair<std::string_view, std::string_view>;
using MetricLabels = std::initializer_list<MetricLabel>;

/// Samples of one scrape; samples of one name are gathered into one family, whatever the order they come in.
class MetricsPage {
 public:
  void counter(std::string_view name, std::string_view help, double value, MetricLabels labels = {});
  void gauge(std::string_view name, std::string_view help, double value, MetricLabels labels = {});
  /// @param bounds  upper bounds, ascending, without infinity
  /// @param counts  observations of each bucket alone, one more than bounds: the last has no bound
  void histogram(std::string_view name, std::string_view help, std::span<const double> bounds,
                 std::span<const std::uint64_t> counts, double sum, MetricLabels labels = {});

  /// Families that somebody else has gathered, under names of their own.
  void add(std::vector<prometheus::MetricFamily> families);

  /// Prometheus text format 0.0.4.
  std::string text() const;

 private:
  prometheus::ClientMetric& sample(prometheus::MetricType type, std::string_view name, std::string_view help,
                                   MetricLabels labels);

  std::vector<prometheus::MetricFamily> families_;
  std::map<std::string, std::size_t, std::less<>> by_name_;
};

/// Everything that has something to tell on `/metrics`.
class MetricsRegistry {
 public:
  using Collector = std::function<void(MetricsPage&)>;

  /// `collector` reads atomics only; it runs on the thread that serves the page, until it is removed. [any thread]
  /// @return number for `remove`.
  std::uint64_t add(Collector collector);
  /// Returns once the collector does not run and never will again. [any thread but within a collector]
  void remove(std::uint64_t number);
  /// [any thread]
  std::string text() const;

 private:
  mutable std::mutex mutex_;  ///< held while a page is made
  std::map<std::uint64_t, Collector> collectors_;
  std::uint64_t next_ = 1;
};

}  // namespace signaling::server
