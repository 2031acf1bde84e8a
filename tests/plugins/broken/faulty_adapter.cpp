// An adapter that breaks its contract where the name of a room asks for it.
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <signaling/plugin_api/basic_plugin.hpp>
#include <signaling/plugin_api/plugin_main.hpp>

namespace {

using namespace signaling::plugin_api;

/// Kept, so that to a leak checker they belong to somebody; for ever, since they may not be let go either.
auto& forgotten_subscriptions = *new std::vector<SubscribeHandler*>;
auto& forgotten_presence = *new std::vector<PresenceHandler*>;

class Faulty final : public BasicAdapter {
 public:
  void attach(AdapterEvents& events, const NodeInfo& self) override {
    events_ = &events;
    own_tag_ = self.tag;
  }
  void stop() override {
    for (std::thread& thread : threads_) thread.join();
  }
  void subscribe(std::string_view topic, SubscribeHandler& handler) override {
    if (topic.ends_with("never")) return forgotten_subscriptions.push_back(&handler);
    if (topic.ends_with("late answers")) answer_forgotten();
    handler.on_subscribed(Status::ok);
    if (topic.ends_with("subscribed twice")) handler.on_subscribed(Status::unavailable);
    handler.release();
    if (topic.ends_with("malformed")) deliver("ABCD", "\x01\x01\x01");
    if (topic.ends_with("nobody")) deliver({}, "x");
    if (topic.ends_with("own")) deliver(own_tag_, "x");
    if (topic.ends_with("node"))
      events_->on_node_joined({.tag = "far too long", .name = "x", .version = "1", .capabilities = {}});
    if (topic.ends_with("marks")) {
      const MemberChange changes[] = {{MemberChange::Kind::left, "a", {}, 5}, {MemberChange::Kind::left, "b", {}, 3}};
      events_->on_members_changed("faulty_application\nroom", changes);
    }
  }
  void unsubscribe(std::string_view) override {}
  Status publish(const Destination&, Bytes) override { return Status::ok; }
  void presence_put(std::string_view room, std::string_view, std::string_view, std::uint32_t,
                    PresenceHandler& handler) override {
    if (room.ends_with("twice")) {
      handler.on_presence(Status::ok, 1, false, {});
      handler.on_presence(Status::full, 1, false, {});
      handler.release();
    } else if (room.ends_with("after release")) {
      handler.on_presence(Status::ok, 1, false, {});
      handler.release();
      handler.on_presence(Status::full, 1, false, {});
      handler.release();
    } else if (room.ends_with("thread")) {
      threads_.emplace_back([&handler] {
        handler.on_presence(Status::ok, 1, false, {});
        handler.on_presence(Status::full, 1, false, {});
        handler.release();
      });
    } else if (room.ends_with("never")) {
      forgotten_presence.push_back(&handler);
    } else {
      presence_list({}, handler);
    }
  }
  void presence_remove(std::string_view, std::string_view, PresenceHandler& handler) override { presence_list({}, handler); }
  void presence_list(std::string_view, PresenceHandler& handler) override {
    handler.on_presence(Status::unavailable, 0, false, {});
    handler.release();
  }
  void visit_nodes(NodeVisitor&) override {}

 private:
  static void answer_forgotten() {
    for (SubscribeHandler* handler : std::exchange(forgotten_subscriptions, {})) {
      handler->on_subscribed(Status::ok);
      handler->release();
    }
    for (PresenceHandler* handler : std::exchange(forgotten_presence, {})) {
      handler->on_presence(Status::ok, 1, false, {});
      handler->release();
    }
  }
  void deliver(std::string_view from, std::string_view body) {
    const ClusterMessage message{from, Destination::Kind::all, {}, std::as_bytes(std::span(body))};
    events_->on_messages({&message, 1});
  }

  AdapterEvents* events_ = nullptr;
  std::string own_tag_;
  std::vector<std::thread> threads_;
};

}  // namespace

SIGNALING_PLUGIN(Faulty, no_schema);
