#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <limits>
#include <utility>

#include <signaling/server/plugin_metrics.hpp>

namespace signaling::server {

namespace {

using plugin_api::MetricKind;

// Plugins observe seconds as well as sizes and counts, so the bounds go over many decades.
constexpr std::array<double, 18> bounds{0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1,  0.5,   1,
                                        5,      10,     50,    100,   500,  1000, 5000, 10000, 100000};

bool is_name(std::string_view name) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !name.empty() && letter(name.front()) &&
         std::all_of(name.begin(), name.end(), [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

prometheus::MetricType type_of(MetricKind kind) {
  switch (kind) {
    case MetricKind::counter: return prometheus::MetricType::Counter;
    case MetricKind::gauge: return prometheus::MetricType::Gauge;
    case MetricKind::histogram: return prometheus::MetricType::Histogram;
  }
  return prometheus::MetricType::Untyped;
}

}  // namespace

/// What does not belong to its kind is ignored: a plugin's slip must not falsify its own numbers.
class PluginMetrics::Value final : public plugin_api::Metric {
 public:
  explicit Value(MetricKind kind) : kind_(kind) {}

  void add(double amount) override {
    if (kind_ == MetricKind::histogram || (kind_ == MetricKind::counter && !(amount >= 0))) return;
    value_.fetch_add(amount, std::memory_order_relaxed);
  }
  void set(double value) override {
    if (kind_ == MetricKind::gauge) value_.store(value, std::memory_order_relaxed);
  }
  void observe(double value) override {
    if (kind_ != MetricKind::histogram) return;
    const auto bound = std::lower_bound(bounds.begin(), bounds.end(), value);
    buckets_[static_cast<std::size_t>(bound - bounds.begin())].fetch_add(1, std::memory_order_relaxed);
    value_.fetch_add(value, std::memory_order_relaxed);
  }

  prometheus::ClientMetric collect() const {
    prometheus::ClientMetric metric;
    const double value = value_.load(std::memory_order_relaxed);
    if (kind_ == MetricKind::counter) metric.counter.value = value;
    if (kind_ == MetricKind::gauge) metric.gauge.value = value;
    if (kind_ == MetricKind::histogram) {
      std::uint64_t count = 0;
      for (std::size_t i = 0; i < buckets_.size(); ++i) {
        count += buckets_[i].load(std::memory_order_relaxed);
        metric.histogram.bucket.push_back({count, i < bounds.size() ? bounds[i] : std::numeric_limits<double>::infinity()});
      }
      metric.histogram.sample_count = count;
      metric.histogram.sample_sum = value;
    }
    return metric;
  }

 private:
  const MetricKind kind_;
  std::atomic<double> value_{0};  ///< sum of a histogram
  std::array<std::atomic<std::uint64_t>, bounds.size() + 1> buckets_{};
};

struct PluginMetrics::Family {
  MetricKind kind;
  std::string help;
  std::map<Labels, std::unique_ptr<Value>> series;
};

PluginMetrics::PluginMetrics() : unseen_(std::make_unique<Value>(MetricKind::gauge)) {}
PluginMetrics::~PluginMetrics() = default;

plugin_api::Metric& PluginMetrics::metric(std::string_view plugin, MetricKind kind, std::string_view name,
                                          std::string_view help, std::span<const plugin_api::Label> labels,
                                          std::string& problem) {
  const std::string full_name = "signaling_plugin_" + std::string(plugin) + "_" + std::string(name);
  const auto refuse = [&](std::string_view why) -> plugin_api::Metric& {
    problem = "metric " + full_name + " is not shown: " + std::string(why);
    return *unseen_;
  };
  if (!is_name(full_name)) return refuse("its name may hold letters, digits and _ alone");
  Labels pairs;
  for (const plugin_api::Label& label : labels) {
    if (!is_name(label.name) || label.name.starts_with("__") || (kind == MetricKind::histogram && label.name == "le")) {
      return refuse("\"" + std::string(label.name) + "\" is no name for a label");
    }
    pairs.push_back({std::string(label.name), std::string(label.value)});
  }
  std::sort(pairs.begin(), pairs.end());

  const std::lock_guard lock(mutex_);
  const auto family = families_.find(full_name);
  if (family != families_.end()) {
    if (family->second.kind != kind) return refuse("it was made before as another kind");
    const auto series = family->second.series.find(pairs);
    if (series != family->second.series.end()) return *series->second;
  }
  std::size_t& count = series_count_[std::string(plugin)];
  if (count >= max_series_per_plugin) return refuse("the plugin has " + std::to_string(count) + " series, which is the most");
  ++count;
  Family& target = families_.try_emplace(full_name, Family{kind, std::string(help), {}}).first->second;
  return *target.series.emplace(std::move(pairs), std::make_unique<Value>(kind)).first->second;
}

std::vector<prometheus::MetricFamily> PluginMetrics::Collect() const {
  const std::lock_guard lock(mutex_);
  std::vector<prometheus::MetricFamily> families;
  for (const auto& [name, family] : families_) {
    prometheus::MetricFamily out{name, family.help, type_of(family.kind), {}};
    for (const auto& [labels, value] : family.series) {
      prometheus::ClientMetric metric = value->collect();
      metric.label = labels;
      out.metric.push_back(std::move(metric));
    }
    families.push_back(std::move(out));
  }
  return families;
}

}  // namespace signaling::server
