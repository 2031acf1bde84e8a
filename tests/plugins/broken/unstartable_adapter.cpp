// An adapter that cannot start.
#include <signaling/plugin_api/basic_plugin.hpp>
#include <signaling/plugin_api/plugin_main.hpp>

namespace {

using namespace signaling::plugin_api;

class Unstartable final : public BasicAdapter {
 public:
  void start(const ConfigView&, Problems& problems) override { problems.add("url", "nobody answers"); }
  void attach(AdapterEvents&, const NodeInfo&) override {}
  void subscribe(std::string_view, SubscribeHandler& handler) override {
    handler.on_subscribed(Status::ok);
    handler.release();
  }
  void unsubscribe(std::string_view) override {}
  Status publish(const Destination&, Bytes) override { return Status::ok; }
  void presence_put(std::string_view, std::string_view, std::string_view, std::uint32_t, PresenceHandler& handler) override {
    refuse(handler);
  }
  void presence_remove(std::string_view, std::string_view, PresenceHandler& handler) override { refuse(handler); }
  void presence_list(std::string_view, PresenceHandler& handler) override { refuse(handler); }
  void visit_nodes(NodeVisitor&) override {}

 private:
  static void refuse(PresenceHandler& handler) {
    handler.on_presence(Status::unavailable, 0, false, {});
    handler.release();
  }
};

}  // namespace

SIGNALING_PLUGIN(Unstartable, no_schema);
