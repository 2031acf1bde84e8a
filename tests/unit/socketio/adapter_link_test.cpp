// What an adapter tells the core reaches the application it concerns, on a loop.
#include "fixture.hpp"

namespace signaling::test {
namespace {

using namespace plugin_api;
using Strings = std::vector<std::string>;

/// Keeps presence calls until the test answers them, as an adapter with a backend does.
class SlowAdapter final : public BasicAdapter {
 public:
  void attach(AdapterEvents& adapter_events, const NodeInfo& self) override {
    events = &adapter_events;
    tag = self.tag;
  }
  void subscribe(std::string_view topic, SubscribeHandler& handler) override {
    if (topic.ends_with("\nforgotten")) {
      forgotten = &handler;
      return;
    }
    handler.on_subscribed(Status::ok);
    handler.release();
  }
  void unsubscribe(std::string_view) override {}
  Status publish(const Destination&, Bytes) override { return Status::ok; }
  void presence_put(std::string_view room, std::string_view, std::string_view, std::uint32_t,
                    PresenceHandler& handler) override {
    keep(room, handler);
  }
  void presence_remove(std::string_view room, std::string_view, PresenceHandler& handler) override { keep(room, handler); }
  void presence_list(std::string_view room, PresenceHandler& handler) override { keep(room, handler); }
  void visit_nodes(NodeVisitor&) override {}

  void answer() {
    const PresenceEntry others[] = {{"member", "value", 3}};
    for (PresenceHandler* handler : std::exchange(pending, {})) {
      handler->on_presence(Status::ok, 7, true, others);
      handler->release();
    }
  }

  AdapterEvents* events = nullptr;
  SubscribeHandler* forgotten = nullptr;
  std::string tag;
  Strings rooms;
  std::vector<PresenceHandler*> pending;

 private:
  void keep(std::string_view room, PresenceHandler& handler) {
    rooms.emplace_back(room);
    pending.push_back(&handler);
  }
};

class AdapterLinkTest : public SocketioTest {
 protected:
  SlowAdapter slow;
  void SetUp() override { adapter = &slow; }
};

TEST_F(AdapterLinkTest, AttachesWithTheTagOfTheNode) {
  make();
  EXPECT_EQ(slow.tag, "AQID");
}

TEST_F(AdapterLinkTest, TellsWhoeverWaitsForASubscriptionThatIsNotAnswered) {
  adapter_capabilities = "cluster";
  make();
  connect();
  std::vector<Status> told;
  app->sockets[0]->join("forgotten", Admission::open, &make_status_handler([&](Status status) { told.push_back(status); }));
  server->tick(loop().now() + std::chrono::milliseconds(29'999));
  run();
  EXPECT_TRUE(told.empty());
  server->tick(loop().now() + std::chrono::seconds(30));
  run();
  EXPECT_EQ(told, std::vector{Status::unavailable});
  EXPECT_EQ(hooks.faults, Strings{"never_completed: no answer to a subscription in time"});
  slow.forgotten->release();
}

TEST_F(AdapterLinkTest, BringsPresenceResultsToTheLoopThatAsked) {
  make();
  Strings result;
  server->presence("app").put(
      "r", "m", "v", 0,
      make_presence_handler([&](Status status, std::uint64_t mark, bool existed, std::span<const PresenceEntry> others) {
        result.push_back(std::string(to_string(status)) + std::to_string(mark) + (existed ? "y" : "n") +
                         std::string(others[0].member) + std::string(others[0].value));
      }));
  EXPECT_EQ(slow.rooms, Strings{"app\nr"});
  loop().set_current(false);  // the adapter's own thread
  slow.answer();
  EXPECT_TRUE(result.empty());
  run();
  EXPECT_EQ(result, Strings{"ok7ymembervalue"});
}

TEST_F(AdapterLinkTest, TellsTheApplicationOfChangesThatNoMessageToldOf) {
  make();
  using Kind = MemberChange::Kind;
  const MemberChange changes[] = {{Kind::left, "m0", {}, 8}, {Kind::lost, "m1", {}, 9}, {Kind::joined, "m2", "=v", 10}};
  slow.events->on_members_changed("app\nr", changes);
  slow.events->on_members_changed("other\nr", changes);
  slow.events->on_members_changed("nonsense", changes);
  run();
  EXPECT_EQ(app->take(), (Strings{"left r m0 8", "lost r m1 9", "joined r m2=v 10"}));
}

TEST_F(AdapterLinkTest, KeepsTheReasonWhyTheAdapterIsAway) {
  make();
  EXPECT_EQ(server->adapter_health(), "");
  slow.events->on_health_changed(false, "cannot reach it");
  EXPECT_EQ(server->adapter_health(), "cannot reach it");
  slow.events->on_health_changed(true, "");
  EXPECT_EQ(server->adapter_health(), "");
}

}  // namespace
}  // namespace signaling::test
