#include <utility>

#include <signaling/test_kit/fake_cluster.hpp>

#include "server_exchange.hpp"

namespace signaling::testing {

FakeCluster::FakeCluster(std::size_t nodes) {
  for (std::size_t i = 0; i < nodes; ++i) {
    nodes_.push_back(std::make_unique<FakeNode>(*this, i));
    nodes_.back()->host().set_presence(presence_);
  }
}

FakeCluster::~FakeCluster() = default;

std::size_t FakeCluster::choices() const { return presence_.pending() + channels_.size() + subscribing_.size(); }

void FakeCluster::choose(std::size_t index) {
  if (index < presence_.pending()) return presence_.step(index);
  index -= presence_.pending();
  if (index < channels_.size()) {
    const auto channel = std::next(channels_.begin(), static_cast<std::ptrdiff_t>(index));
    const auto arrival = std::move(channel->second.front());
    channel->second.pop_front();
    if (channel->second.empty()) channels_.erase(channel);
    return arrival();
  }
  index -= channels_.size();
  const auto [node, room] = subscribing_.at(index);
  subscribing_.erase(subscribing_.begin() + static_cast<std::ptrdiff_t>(index));
  nodes_[node]->make_reachable(room);
}

void FakeCluster::run() {
  while (choices() > 0) choose(0);
}

void FakeCluster::stop() {
  for (const auto& node : nodes_) {
    for (FakeSocket* socket : node->sockets()) socket->drop_connection("server shutting down");
  }
  run();
}

void FakeCluster::send(std::size_t from, std::size_t to, std::function<void()> arrival) {
  if (!is_held_) return arrival();
  channels_[{from, to}].push_back(std::move(arrival));
}

FakeNode* FakeCluster::owner_of(std::string_view id) {
  for (const auto& node : nodes_) {
    if (id.starts_with(std::to_string(node->number_) + "-")) return node.get();
  }
  return nullptr;
}

}  // namespace signaling::testing
