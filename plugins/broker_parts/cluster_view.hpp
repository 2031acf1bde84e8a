#pragma once
// What the adapter's thread lets every other thread see, whichever broker it is: the other nodes, and whether it is well.

#include <cstddef>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "node_description.hpp"

namespace signaling::broker_parts {

/// [any thread]
class ClusterView {
 public:
  /// @param broker  for people: "NATS". Until the first `set_health` it has not been reached yet.
  explicit ClusterView(std::string_view broker);

  /// By tag: the others; whoever asks adds itself.
  using Nodes = std::vector<std::pair<std::string, NodeDescription>>;
  void set_nodes(Nodes nodes);
  std::shared_ptr<const Nodes> nodes() const;

  /// Empty while well. The view stays good as long as this object: there are few reasons, and each is kept once.
  std::string_view health() const;
  /// True where it changed. Beyond 256 reasons a new one is told as "<broker> is not available".
  bool set_health(std::string_view reason);

 private:
  static constexpr std::size_t max_reasons = 256;

  const std::string unavailable_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Nodes> nodes_ = std::make_shared<const Nodes>();  ///< guarded by mutex_, with all that follows
  std::set<std::string> reasons_;
  std::string_view health_;
};

}  // namespace signaling::broker_parts
