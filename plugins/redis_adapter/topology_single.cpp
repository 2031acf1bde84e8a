// One server at a fixed address.

#include "topology.hpp"

namespace signaling::redis_adapter {
namespace {

class SingleTopology final : public Topology {
 public:
  SingleTopology(Environment& environment, TopologyHost& host) : environment_(environment), host_(host) {}

  void start() override {
    auto& link = host_.make_link();
    host_.assign({0}, link, false);
    link.open();
  }
  void stop() override {}
  void locate(ServerLink& link) override { link.connect_to(environment_.options.addresses.front()); }
  void on_link_trouble(ServerLink&) override {}
  void on_moved(ServerLink&, Partition, const ServerAddress&) override {}
  ServerLink* link_at(const ServerAddress&) noexcept override { return nullptr; }

 private:
  Environment& environment_;
  TopologyHost& host_;
};

}  // namespace

std::unique_ptr<Topology> make_single_topology(Environment& environment, TopologyHost& host) {
  return std::make_unique<SingleTopology>(environment, host);
}

}  // namespace signaling::redis_adapter
