// Whole adapters over real servers: what happens to members and messages when a node or Redis fails.

#include <algorithm>
#include <condition_variable>
#include <future>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <redis_adapter/redis_adapter.hpp>
#include <redis_adapter/schema.hpp>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <signaling/plugin_api/callbacks.hpp>
#include <signaling/test_kit/fake_config.hpp>
#include <signaling/test_kit/fake_host.hpp>

#include "support/redis_servers.hpp"

namespace signaling::redis_adapter {
namespace {

using namespace std::chrono_literals;
using plugin_api::Destination;
using plugin_api::MemberChange;
using plugin_api::Status;
using test::RedisServer;
using test::wait_until;

struct Change {
  std::string room;
  MemberChange::Kind kind;
  std::string member;
  std::string value;
};

/// Keeps what it is told. While it is held, whoever tells it something stands still: a node whose adapter's thread hangs there
/// is to the others what a stopped process is.
class Events final : public plugin_api::AdapterEvents {
 public:
  void hold() {
    const std::lock_guard lock(mutex_);
    is_held_ = true;
  }
  void let_go() {
    const std::lock_guard lock(mutex_);
    is_held_ = false;
    changed_.notify_all();
  }

  void on_messages(std::span<const plugin_api::ClusterMessage> messages) override {
    std::unique_lock lock(mutex_);
    for (const auto& message : messages) {
      bodies_.emplace_back(reinterpret_cast<const char*>(message.body.data()), message.body.size());
    }
    changed_.wait(lock, [this] { return !is_held_; });
  }
  void on_node_joined(const plugin_api::NodeInfo& node) override { note("+", node); }
  void on_node_left(const plugin_api::NodeInfo& node) override { note("-", node); }
  void on_node_lost(const plugin_api::NodeInfo& node) override { note("!", node); }
  void on_members_changed(std::string_view room, std::span<const MemberChange> changes) override {
    const std::lock_guard lock(mutex_);
    for (const auto& change : changes)
      changes_.push_back({std::string(room), change.kind, std::string(change.member), std::string(change.value)});
  }
  void on_health_changed(bool, std::string_view) override {}

  std::vector<Change> changes() const {
    const std::lock_guard lock(mutex_);
    return changes_;
  }
  std::vector<std::string> bodies() const {
    const std::lock_guard lock(mutex_);
    return bodies_;
  }
  std::size_t count(const std::string& node_event) const {
    const std::lock_guard lock(mutex_);
    return static_cast<std::size_t>(std::count(nodes_.begin(), nodes_.end(), node_event));
  }
  std::size_t count(MemberChange::Kind kind, std::string_view member) const {
    const std::lock_guard lock(mutex_);
    return static_cast<std::size_t>(std::count_if(
        changes_.begin(), changes_.end(), [&](const Change& each) { return each.kind == kind && each.member == member; }));
  }

 private:
  void note(const char* sign, const plugin_api::NodeInfo& node) {
    const std::lock_guard lock(mutex_);
    nodes_.push_back(sign + std::string(node.tag));
  }
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool is_held_ = false;
  std::vector<std::string> nodes_;
  std::vector<Change> changes_;
  std::vector<std::string> bodies_;
};

constexpr auto lease = 2s;

class Node {
 public:
  Node(const std::string& tag, const std::string& url, const std::string& more = {}, std::chrono::seconds its_lease = lease)
      : host_(tag, 1, testing::FakeHost::ClockKind::real),
        config_(schema, "url = \"" + url + "\"\nlease = \"" + std::to_string(its_lease.count()) +
                            "s\"\ncommand_timeout = \"1s\"\n" + more),
        adapter_(host_) {
    adapter_.attach(events, {tag, tag, "1.0.0", "test"});
    adapter_.start(config_, problems);
  }
  ~Node() { adapter_.stop(); }

  struct Answer {
    Status status = Status::timeout;
    bool existed = false;
    std::vector<std::string> members;
  };
  Answer put(const std::string& room, const std::string& member, const std::string& value = "v") {
    return ask([&](auto& handler) { adapter_.presence_put(room, member, value, 0, handler); });
  }
  Answer remove(const std::string& room, const std::string& member) {
    return ask([&](auto& handler) { adapter_.presence_remove(room, member, handler); });
  }
  Answer list(const std::string& room) {
    return ask([&](auto& handler) { adapter_.presence_list(room, handler); });
  }
  Status subscribe(const std::string& topic) {
    auto promise = std::make_shared<std::promise<Status>>();
    adapter_.subscribe(topic, plugin_api::make_subscribe_handler([promise](Status status) { promise->set_value(status); }));
    return promise->get_future().get();
  }
  Status publish(const std::string& topic, const std::string& body) {
    return adapter_.publish({Destination::Kind::topic, topic}, std::as_bytes(std::span(body.data(), body.size())));
  }
  Status tell(const std::string& tag, const std::string& body) {
    return adapter_.publish({Destination::Kind::node, tag}, std::as_bytes(std::span(body.data(), body.size())));
  }
  bool is_healthy() { return adapter_.health().empty(); }
  void stop() { adapter_.stop(); }
  double metric(const std::string& name) const { return host_.metric_value(name); }

  Events events;
  testing::FakeProblems problems;

 private:
  template <class Start>
  Answer ask(Start start) {
    auto promise = std::make_shared<std::promise<Answer>>();
    start(plugin_api::make_presence_handler([promise](Status status, std::uint64_t, bool existed, auto others) {
      Answer answer{status, existed, {}};
      for (const auto& other : others) answer.members.emplace_back(other.member);
      promise->set_value(std::move(answer));
    }));
    auto future = promise->get_future();
    if (future.wait_for(20s) != std::future_status::ready) {
      ADD_FAILURE() << "a handler was not called";
      return {};
    }
    return future.get();
  }

  testing::FakeHost host_;
  testing::FakeConfig config_;
  RedisAdapter adapter_;
};

using Names = std::vector<std::string>;
using Kind = MemberChange::Kind;

class RedisAdapterFaults : public ::testing::Test {
 protected:
  void SetUp() override { server_.start(); }
  std::unique_ptr<Node> node(const std::string& tag) { return std::make_unique<Node>(tag, server_.url()); }

  /// Whatever of members is told by the log has been told to these: an entry of nobody, the last in the log, has.
  void let_the_log_be_told(std::initializer_list<const Node*> nodes) {
    std::string mark = std::to_string(std::stoull(server_.command({"GET", "signaling:{p0}:mark"})) + 1);
    mark.insert(0, 16 - mark.size(), '0');
    server_.command({"ZADD", "signaling:{p0}:log", mark, mark + "DZZZZ" + "00000004" + "00000003" + "room" + "end"});
    for (const Node* each : nodes) {
      wait_until("the end of the log is told", [&] { return each->events.count(Kind::left, "end") == 1; });
    }
  }

  /// What was published before has come back to these nodes, and they know it: they do not ask for it again after a cut.
  static void let_probes_come_back(std::initializer_list<const Node*> nodes) {
    using Clock = std::chrono::steady_clock;
    // The clocks of Redis and of a node are compared as well as a question and its answer allow.
    const auto begin = Clock::now() + 50ms;
    for (const Node* each : nodes) {
      double age = each->metric("probe_age_seconds");
      auto looked = Clock::now();
      wait_until("a probe is back", [&] {
        const auto now = Clock::now();
        const double next = each->metric("probe_age_seconds");
        // Another value was measured after the look before; its age is that of the last probe that came back.
        const bool is_back = next != age && looked - std::chrono::duration<double>(next) > begin;
        age = next;
        looked = now;
        return is_back;
      });
    }
  }

  RedisServer server_;
};

TEST_F(RedisAdapterFaults, NodeThatStandsStillIsLostOnceForEachAndComesBack) {
  const auto a = node("AAAA"), b = node("BBBB"), c = node("CCCC");
  ASSERT_EQ(a->put("room", "a").status, Status::ok);
  ASSERT_EQ(b->put("room", "b").status, Status::ok);
  ASSERT_EQ(c->put("room", "c").status, Status::ok);
  b->events.hold();
  a->tell("BBBB", "stand still");
  for (Node* survivor : {a.get(), c.get()}) {
    wait_until("b is lost", [&] { return survivor->events.count(Kind::lost, "b") != 0; });
    EXPECT_EQ(survivor->events.count("!BBBB"), 1u);
  }
  EXPECT_EQ(a->list("room").members, (Names{"a", "c"}));
  // It goes on and finds out: its member is back, in the last place.
  b->events.let_go();
  for (Node* survivor : {a.get(), c.get()}) {
    wait_until("b is back", [&] { return survivor->events.count(Kind::joined, "b") != 0; });
  }
  EXPECT_EQ(a->list("room").members, (Names{"a", "c", "b"}));
  EXPECT_EQ(b->remove("room", "b").existed, true);
  let_the_log_be_told({a.get(), b.get(), c.get()});
  for (Node* survivor : {a.get(), c.get()}) {
    EXPECT_EQ(survivor->events.count(Kind::lost, "b"), 1u);
    EXPECT_EQ(survivor->events.count(Kind::joined, "b"), 1u);
    EXPECT_EQ(survivor->events.changes().size(), 3u) << "these, and the end of the log";
  }
  EXPECT_EQ(b->events.count(Kind::lost, "b"), 0u);
}

TEST_F(RedisAdapterFaults, NodeThatStopsTakesItsMembersWithIt) {
  const auto a = node("AAAA");
  auto b = node("BBBB");
  ASSERT_EQ(a->put("room", "a").status, Status::ok);
  ASSERT_EQ(b->put("room", "b").status, Status::ok);
  b->stop();
  wait_until("b has left", [&] { return a->events.count("-BBBB") == 1 && a->events.count(Kind::left, "b") == 1; });
  EXPECT_EQ(a->list("room").members, Names{"a"});
  EXPECT_EQ(a->events.count("!BBBB"), 0u);
}

TEST_F(RedisAdapterFaults, MembersAreBackAfterRedisWasRestartedEmpty) {
  const auto a = node("AAAA"), b = node("BBBB");
  ASSERT_EQ(a->put("room", "a").status, Status::ok);
  ASSERT_EQ(b->put("room", "b").status, Status::ok);
  ASSERT_EQ(a->subscribe("topic"), Status::ok);
  ASSERT_EQ(b->subscribe("topic"), Status::ok);
  let_probes_come_back({a.get(), b.get()});  // what came shortly before a cut may be told again after it
  server_.kill();
  wait_until("both notice", [&] { return !a->is_healthy() && !b->is_healthy(); });
  EXPECT_EQ(a->put("room", "late").status, Status::unavailable);
  EXPECT_EQ(a->publish("topic", "lost"), Status::unavailable);
  server_.start();
  // Whoever asks first waits until both had the time to restore.
  wait_until("a is served", [&] { return a->list("room").status == Status::ok; });
  EXPECT_EQ(a->list("room").members, (Names{"a", "b"}));
  wait_until("both are well", [&] { return a->is_healthy() && b->is_healthy(); });
  wait_until("messages get through", [&] {
    a->publish("topic", "again");
    return !b->events.bodies().empty();
  });
  // Nobody was lost, and nobody came.
  EXPECT_TRUE(a->events.changes().empty());
  EXPECT_TRUE(b->events.changes().empty());
  EXPECT_EQ(a->events.count("!BBBB") + a->events.count("-BBBB"), 0u);
  EXPECT_EQ(a->events.count("+BBBB"), 1u);
}

TEST_F(RedisAdapterFaults, NobodyIsShownAListBeforeALateNodeHasRestored) {
  // It is later than the 3 s that all are given, and not so late that it is taken for lost.
  const auto a = std::make_unique<Node>("AAAA", server_.url(), "", 20s),
             b = std::make_unique<Node>("BBBB", server_.url(), "", 20s);
  ASSERT_EQ(a->put("room", "a").status, Status::ok);
  ASSERT_EQ(b->put("room", "b").status, Status::ok);
  let_probes_come_back({a.get(), b.get()});
  b->events.hold();
  ASSERT_EQ(a->tell("BBBB", "stand still"), Status::ok);
  wait_until("b stands still", [&] { return !b->events.bodies().empty(); });
  server_.kill();
  wait_until("a notices", [&] { return !a->is_healthy(); });
  server_.start();
  const auto is_settling = [&] { return server_.command({"EXISTS", "signaling:{p0}:settle"}) == "1"; };
  wait_until("a is back", is_settling);
  const auto back = std::chrono::steady_clock::now();
  wait_until("the 3 s are over", [&] { return std::chrono::steady_clock::now() - back > 4s; });
  EXPECT_TRUE(is_settling());
  b->events.let_go();
  wait_until("a is served", [&] { return a->list("room").status == Status::ok; });
  EXPECT_EQ(a->list("room").members, (Names{"a", "b"}));
  EXPECT_TRUE(a->events.changes().empty());
  EXPECT_TRUE(b->events.changes().empty());
}

TEST_F(RedisAdapterFaults, MembersAreBackAfterAllDataWasDeleted) {
  const auto a = node("AAAA"), b = node("BBBB");
  ASSERT_EQ(a->put("room", "a").status, Status::ok);
  ASSERT_EQ(b->put("room", "b").status, Status::ok);
  server_.command({"FLUSHALL"});
  wait_until("members are back", [&] { return a->list("room").members == Names{"a", "b"}; });
  EXPECT_EQ(b->put("room", "b2").members, (Names{"a", "b"}));
  EXPECT_EQ(a->events.count("!BBBB") + a->events.count("-BBBB"), 0u);
}

TEST_F(RedisAdapterFaults, NobodyIsLostWhileRedisStandsStill) {
  const auto a = node("AAAA"), b = node("BBBB");
  ASSERT_EQ(a->put("room", "a").status, Status::ok);
  ASSERT_EQ(b->put("room", "b").status, Status::ok);
  const std::string failures = "connect_failures_total";
  const double before[] = {a->metric(failures), b->metric(failures)};
  const auto begin = std::chrono::steady_clock::now();
  server_.pause();
  // Each attempt waits for its two seconds, those of commands and of subscriptions at the same time.
  wait_until("several attempts to connect have failed",
             [&] { return a->metric(failures) >= before[0] + 4 && b->metric(failures) >= before[1] + 4; });
  EXPECT_GT(std::chrono::steady_clock::now() - begin, 2 * lease);
  EXPECT_FALSE(a->is_healthy());
  server_.resume();
  wait_until("both are well", [&] { return a->is_healthy() && b->is_healthy(); });
  EXPECT_EQ(a->list("room").members, (Names{"a", "b"}));
  EXPECT_EQ(a->events.count("!BBBB") + b->events.count("!AAAA"), 0u);
}

TEST_F(RedisAdapterFaults, ChangesDuringACutAreToldAfterIt) {
  const auto a = node("AAAA"), b = node("BBBB");
  ASSERT_EQ(a->put("room", "a").status, Status::ok);
  ASSERT_EQ(b->put("room", "goes").status, Status::ok);
  let_probes_come_back({a.get()});
  // The subscriptions of a alone are cut, and cannot come back for a while: then b changes the room.
  a->events.hold();
  b->tell("AAAA", "stand still");
  wait_until("a stands still", [&] { return !a->events.bodies().empty(); });
  server_.command({"CLIENT", "KILL", "TYPE", "pubsub"});
  wait_until("b is well again", [&] { return b->put("room", "comes").status == Status::ok; });
  wait_until("b changes the room", [&] { return b->remove("room", "goes").status == Status::ok; });
  wait_until("b is well", [&] { return b->put("room", "comes").status == Status::ok && b->is_healthy(); });
  a->events.let_go();
  wait_until("a is told",
             [&] { return a->events.count(Kind::joined, "comes") == 1 && a->events.count(Kind::left, "goes") == 1; });
  EXPECT_EQ(a->events.count("!BBBB"), 0u);
}

TEST_F(RedisAdapterFaults, FreshNodeFindsNoGhostsOfADeadCluster) {
  {
    const auto a = node("AAAA"), b = node("BBBB");
    ASSERT_EQ(a->put("room", "a").status, Status::ok);
    ASSERT_EQ(b->put("room", "b").status, Status::ok);
    // Both die at once: nothing of them reaches the server any more.
    server_.command({"CONFIG", "SET", "requirepass", "changed"});
    server_.password = "changed";
    server_.command({"CLIENT", "KILL", "TYPE", "normal"});
    server_.command({"CLIENT", "KILL", "TYPE", "pubsub"});
    wait_until("they are cut off", [&] { return !a->is_healthy() && !b->is_healthy(); });
  }
  server_.command({"CONFIG", "SET", "requirepass", ""});
  server_.password.clear();
  const auto c = node("CCCC");
  wait_until("the ghosts are gone", [&] { return c->list("room").members.empty(); });
  wait_until("and their keys", [&] { return server_.command({"SMEMBERS", "signaling:{p0}:owners"}).empty(); });
}

TEST_F(RedisAdapterFaults, StopsInTimeWhileRedisIsAway) {
  auto a = node("AAAA");
  ASSERT_EQ(a->put("room", "a").status, Status::ok);
  server_.pause();
  const auto begin = std::chrono::steady_clock::now();
  a->stop();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 4s);
  server_.resume();
}

TEST(RedisAdapterStart, GoesOnWithoutRedisAndTakesItUpLater) {
  RedisServer server;
  Node node("AAAA", server.url(), "connect_timeout = \"200ms\"\n");
  EXPECT_TRUE(node.problems.list.empty());
  EXPECT_FALSE(node.is_healthy());
  EXPECT_EQ(node.put("room", "a").status, Status::unavailable);
  server.start();
  wait_until("well", [&] { return node.is_healthy(); });
  EXPECT_EQ(node.put("room", "a").status, Status::ok);
}

TEST(RedisAdapterStart, FailsWithAWrongPassword) {
  RedisServer server({"requirepass s3cret"});
  server.start();
  Node node("AAAA", "redis://:wr0ng@" + server.address());
  ASSERT_EQ(node.problems.list.size(), 1u);
  EXPECT_NE(node.problems.list.front().find("password"), std::string::npos) << node.problems.list.front();
  EXPECT_EQ(node.problems.list.front().find("wr0ng"), std::string::npos);
}

TEST_F(RedisAdapterFaults, PublishesNothingToTopicsOfOneNode) {
  const auto a = node("AAAA");
  auto b = node("BBBB");
  ASSERT_EQ(a->subscribe("alone"), Status::ok);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(a->publish("alone", "x"), Status::ok);
  ASSERT_EQ(a->subscribe("shared"), Status::ok);
  ASSERT_EQ(b->subscribe("shared"), Status::ok);
  EXPECT_EQ(a->publish("shared", "y"), Status::ok);
  wait_until("b has heard", [&] { return b->events.bodies() == Names{"y"}; });
  EXPECT_EQ(a->metric("suppressed_messages_total"), 10);
  EXPECT_EQ(a->metric("published_messages_total"), 1);
}

/// Lines of the table that name several servers.
std::string servers(const std::string& topology, const std::vector<std::string>& urls) {
  std::string list;
  for (const std::string& url : urls) list += (list.empty() ? "\"" : ", \"") + url + '"';
  return "urls = [" + list + "]\ntopology = \"" + topology + "\"\n";
}

TEST(RedisAdapterCluster, ServesManyRoomsAndASlotThatMovesAmongThem) {
  test::RedisCluster cluster;
  const std::string more = servers("cluster", cluster.urls());
  Node a("AAAA", "redis://unused", more), b("BBBB", "redis://unused", more);
  ASSERT_TRUE(a.problems.list.empty());
  wait_until("both are well", [&] { return a.is_healthy() && b.is_healthy(); });
  const auto room = [](int i) { return "room" + std::to_string(i); };
  for (int i = 0; i < 40; ++i) {
    ASSERT_EQ(a.put(room(i), "a").status, Status::ok);
    ASSERT_EQ(b.put(room(i), "b").members, Names{"a"});
    ASSERT_EQ(b.subscribe(room(i)), Status::ok);
  }
  for (int i = 0; i < 40; ++i) EXPECT_EQ(a.publish(room(i), room(i)), Status::ok);
  wait_until("all messages are there", [&] { return b.events.bodies().size() == 40; });
  // The slots of partition 0, where the nodes are registered, and of a few more; and back.
  std::vector<std::uint32_t> slots;
  for (const std::string& key : {std::string("nodes")}) {
    for (std::size_t m = 0; m < cluster.masters(); ++m) {
      const std::string keys = cluster.master(m).command({"KEYS", "*:" + key});
      if (keys.empty()) continue;
      const std::string name = keys.substr(0, keys.find('\n'));
      slots.push_back(static_cast<std::uint32_t>(std::stoul(cluster.master(m).command({"CLUSTER", "KEYSLOT", name}))));
    }
  }
  ASSERT_EQ(slots.size(), 1u);
  for (const std::uint32_t slot : slots) {
    const std::size_t from = cluster.owner_of(slot);
    const std::size_t to = (from + 1) % cluster.masters();
    cluster.open_slot(slot, from, to);
    cluster.move_keys(slot, from, to);
    cluster.close_slot(slot, from, to);
  }
  for (int i = 0; i < 40; ++i) {
    wait_until(room(i), [&] { return a.list(room(i)).members == Names{"a", "b"}; });
    wait_until(room(i), [&] { return b.put(room(i), "b", "new").status == Status::ok; });
  }
  wait_until("both are well again", [&] { return a.is_healthy() && b.is_healthy(); });
  EXPECT_EQ(a.events.count("!BBBB") + a.events.count("-BBBB"), 0u);
  const std::size_t before = b.events.bodies().size();
  for (int i = 0; i < 40; ++i) EXPECT_EQ(a.publish(room(i), room(i)), Status::ok);
  wait_until("all messages are there again", [&] { return b.events.bodies().size() == before + 40; });
  b.stop();
  // Where the machine is too busy for the deadline of a stop, the lease ends it.
  wait_until("b is gone", [&] { return a.events.count("-BBBB") + a.events.count("!BBBB") == 1; });
  for (int i = 0; i < 40; ++i) EXPECT_EQ(a.list(room(i)).members, Names{"a"}) << i;
}

TEST(RedisAdapterSentinel, FollowsAFailoverAndKeepsItsMembers) {
  test::RedisSentinelSet set;
  const std::string more = servers("sentinel", set.urls());
  Node a("AAAA", "redis://unused", more), b("BBBB", "redis://unused", more);
  wait_until("both are well", [&] { return a.is_healthy() && b.is_healthy(); });
  ASSERT_EQ(a.put("room", "a").status, Status::ok);
  ASSERT_EQ(b.put("room", "b").status, Status::ok);
  set.master().kill();
  wait_until(
      "the replica serves", [&] { return !a.is_healthy() || !b.is_healthy(); }, 20s);
  wait_until(
      "both are well again", [&] { return a.is_healthy() && b.is_healthy(); }, 40s);
  EXPECT_EQ(a.list("room").members, (Names{"a", "b"}));
  EXPECT_EQ(a.events.count("!BBBB") + a.events.count("-BBBB"), 0u);
}

}  // namespace
}  // namespace signaling::redis_adapter
