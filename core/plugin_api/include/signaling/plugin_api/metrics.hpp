#pragma once
// Metrics of a plugin, as handles: `/metrics` shows them as `signaling_plugin_<plugin>_<name>`.
//
//     Counter refused(host, "refused_total", "Requests refused, by reason", {{"reason", "full"}});
//     refused.add();
//
// Made in the constructor or `start` of the plugin [startup]; used from [any thread], without a lock. A handle is a pointer: to
// be copied, kept in arrays, and valid until the plugin is destroyed. One that was made from nothing counts nowhere.

#include <chrono>
#include <initializer_list>
#include <span>
#include <string_view>

#include <signaling/plugin_api/host.hpp>

namespace signaling::plugin_api {

namespace detail {

class MetricHandle {
 protected:
  MetricHandle() = default;
  MetricHandle(Host& host, MetricKind kind, std::string_view name, std::string_view help, std::span<const Label> labels)
      : metric_(&host.metric(kind, name, help, labels)) {}

  Metric* metric_ = nullptr;
};

}  // namespace detail

using Labels = std::initializer_list<Label>;

/// Only grows. Names end in `_total`.
class Counter : private detail::MetricHandle {
 public:
  Counter() = default;
  Counter(Host& host, std::string_view name, std::string_view help, Labels labels = {})
      : MetricHandle(host, MetricKind::counter, name, help, {labels.begin(), labels.size()}) {}

  /// @param amount  not negative
  void add(double amount = 1) const {
    if (metric_ != nullptr) metric_->add(amount);
  }
};

/// Goes up and down.
class Gauge : private detail::MetricHandle {
 public:
  Gauge() = default;
  Gauge(Host& host, std::string_view name, std::string_view help, Labels labels = {})
      : MetricHandle(host, MetricKind::gauge, name, help, {labels.begin(), labels.size()}) {}

  void set(double value) const {
    if (metric_ != nullptr) metric_->set(value);
  }
  void add(double amount = 1) const {
    if (metric_ != nullptr) metric_->add(amount);
  }
  void subtract(double amount = 1) const { add(-amount); }
};

/// How large things are, or how long they take (in seconds, so names end in `_seconds`). The server's buckets go from 0.0001 to
/// 100,000.
class Histogram : private detail::MetricHandle {
 public:
  Histogram() = default;
  Histogram(Host& host, std::string_view name, std::string_view help, Labels labels = {})
      : MetricHandle(host, MetricKind::histogram, name, help, {labels.begin(), labels.size()}) {}

  void observe(double value) const {
    if (metric_ != nullptr) metric_->observe(value);
  }
  void observe(std::chrono::duration<double> seconds) const { observe(seconds.count()); }
};

}  // namespace signaling::plugin_api
