// An adapter whose presence forgets, and whose handlers are never called for a list.

#include <signaling/plugin_api/basic_plugin.hpp>
#include <signaling/plugin_api/plugin_main.hpp>

namespace {

using namespace signaling::plugin_api;

class Lossy final : public BasicAdapter {
 public:
  void attach(AdapterEvents&, const NodeInfo&) override {}
  void subscribe(std::string_view, SubscribeHandler& handler) override {
    handler.on_subscribed(Status::ok);
    handler.release();
  }
  void unsubscribe(std::string_view) override {}
  Status publish(const Destination&, Bytes) override { return Status::ok; }
  void presence_put(std::string_view, std::string_view, std::string_view, std::uint32_t, PresenceHandler& handler) override {
    handler.on_presence(Status::ok, ++mark_, false, {});
    handler.release();
  }
  void presence_remove(std::string_view, std::string_view, PresenceHandler& handler) override {
    handler.on_presence(Status::ok, ++mark_, false, {});
    handler.release();
  }
  void presence_list(std::string_view, PresenceHandler& handler) override { handler.release(); }
  void visit_nodes(NodeVisitor&) override {}

 private:
  std::uint64_t mark_ = 0;
};

}  // namespace

SIGNALING_PLUGIN(Lossy, no_schema);
