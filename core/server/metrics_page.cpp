#include <algorithm>
#include <sstream>
#include <utility>

#include <prometheus/text_serializer.h>

#include <signaling/server/metrics_page.hpp>

namespace signaling::server {

prometheus::ClientMetric& MetricsPage::sample(prometheus::MetricType type, std::string_view name, std::string_view help,
                                              MetricLabels labels) {
  auto it = by_name_.find(name);
  if (it == by_name_.end()) {
    it = by_name_.emplace(std::string(name), families_.size()).first;
    families_.push_back({std::string(name), std::string(help), type, {}});
  }
  prometheus::ClientMetric& metric = families_[it->second].metric.emplace_back();
  for (const auto& [label, value] : labels) metric.label.push_back({std::string(label), std::string(value)});
  return metric;
}

void MetricsPage::counter(std::string_view name, std::string_view help, double value, MetricLabels labels) {
  sample(prometheus::MetricType::Counter, name, help, labels).counter.value = value;
}

void MetricsPage::gauge(std::string_view name, std::string_view help, double value, MetricLabels labels) {
  sample(prometheus::MetricType::Gauge, name, help, labels).gauge.value = value;
}

void MetricsPage::histogram(std::string_view name, std::string_view help, std::span<const double> bounds,
                            std::span<const std::uint64_t> counts, double sum, MetricLabels labels) {
  prometheus::ClientMetric& metric = sample(prometheus::MetricType::Histogram, name, help, labels);
  std::uint64_t cumulative = 0;
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    cumulative += counts[i];
    metric.histogram.bucket.push_back({cumulative, bounds[i]});
  }
  metric.histogram.sample_count = cumulative + counts[bounds.size()];
  metric.histogram.sample_sum = sum;
}

void MetricsPage::add(std::vector<prometheus::MetricFamily> families) {
  for (prometheus::MetricFamily& family : families) {
    // The serialiser writes help texts as they are, and plugins write them.
    std::replace(family.help.begin(), family.help.end(), '\n', ' ');
    families_.push_back(std::move(family));
  }
}

std::string MetricsPage::text() const {
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, families_);
  return out.str();
}

std::uint64_t MetricsRegistry::add(Collector collector) {
  const std::lock_guard lock(mutex_);
  collectors_.emplace(next_, std::move(collector));
  return next_++;
}

void MetricsRegistry::remove(std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  collectors_.erase(number);
}

std::string MetricsRegistry::text() const {
  MetricsPage page;
  const std::lock_guard lock(mutex_);
  for (const auto& [number, collector] : collectors_) collector(page);
  return page.text();
}

}  // namespace signaling::server
