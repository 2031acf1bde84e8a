#pragma once
// The way to the adapter: counts what goes out, and knows whether the adapter is well.

#include <atomic>
#include <string>
#include <string_view>

#include <signaling/plugin_api/adapter.hpp>
#include <signaling/socketio/counters.hpp>

namespace signaling::socketio::cluster {

/// [any thread]
class Outlet {
 public:
  Outlet(plugin_api::Adapter& adapter, std::string own_tag) : adapter_(adapter), own_tag_(std::move(own_tag)) {}

  const std::string& own_tag() const noexcept { return own_tag_; }
  ClusterCounters& counters() noexcept { return counters_; }
  const ClusterCounters& counters() const noexcept { return counters_; }
  bool is_available() const noexcept { return available_.load(std::memory_order_relaxed); }
  /// @return what it was.
  bool set_available(bool available) noexcept { return available_.exchange(available, std::memory_order_relaxed); }

  bool to_topic(std::string_view topic, plugin_api::Bytes message) {
    return publish({plugin_api::Destination::Kind::topic, topic}, message);
  }
  bool to_node(std::string_view tag, plugin_api::Bytes message) {
    return publish({plugin_api::Destination::Kind::node, tag}, message);
  }
  bool to_all(plugin_api::Bytes message) { return publish({plugin_api::Destination::Kind::all, {}}, message); }

 private:
  bool publish(const plugin_api::Destination& destination, plugin_api::Bytes message) {
    if (adapter_.publish(destination, message) != plugin_api::Status::ok) {
      counters_.drop(ClusterDrop::publish_refused);
      return false;
    }
    ClusterCounters::add(counters_.sent);
    ClusterCounters::add(counters_.sent_bytes, message.size());
    return true;
  }

  plugin_api::Adapter& adapter_;
  std::string own_tag_;
  std::atomic<bool> available_{true};
  ClusterCounters counters_;
};

}  // namespace signaling::socketio::cluster
