#pragma once
// A core that does not care what it is told.

#include <signaling/plugin_api/adapter.hpp>

namespace signaling::test {

struct NoEvents final : plugin_api::AdapterEvents {
  void on_messages(std::span<const plugin_api::ClusterMessage>) override {}
  void on_node_joined(const plugin_api::NodeInfo&) override {}
  void on_node_left(const plugin_api::NodeInfo&) override {}
  void on_node_lost(const plugin_api::NodeInfo&) override {}
  void on_members_changed(std::string_view, std::span<const plugin_api::MemberChange>) override {}
  void on_health_changed(bool, std::string_view) override {}
};

}  // namespace signaling::test
