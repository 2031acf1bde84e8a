#pragma once
// An adapter that reaches nobody.

#include <cstdint>
#include <string_view>

#include <signaling/plugin_api/basic_plugin.hpp>

namespace signaling::test {

/// Acknowledges every topic, throws messages away, has no presence and knows no node. A test derives from it what it looks at.
class IdleAdapter : public plugin_api::BasicAdapter {
 public:
  void attach(plugin_api::AdapterEvents&, const plugin_api::NodeInfo&) override {}
  void subscribe(std::string_view, plugin_api::SubscribeHandler& handler) override {
    handler.on_subscribed(plugin_api::Status::ok);
    handler.release();
  }
  void unsubscribe(std::string_view) override {}
  plugin_api::Status publish(const plugin_api::Destination&, plugin_api::Bytes) override { return plugin_api::Status::ok; }
  void presence_put(std::string_view, std::string_view, std::string_view, std::uint32_t,
                    plugin_api::PresenceHandler& handler) override {
    refuse(handler);
  }
  void presence_remove(std::string_view, std::string_view, plugin_api::PresenceHandler& handler) override { refuse(handler); }
  void presence_list(std::string_view, plugin_api::PresenceHandler& handler) override { refuse(handler); }
  void visit_nodes(plugin_api::NodeVisitor&) override {}

 protected:
  static void refuse(plugin_api::PresenceHandler& handler) {
    handler.on_presence(plugin_api::Status::unavailable, 0, false, {});
    handler.release();
  }
};

}  // namespace signaling::test
