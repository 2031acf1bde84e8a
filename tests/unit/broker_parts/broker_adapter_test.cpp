// The border over an adapter of which the test says what its inbox does.

#include <broker_parts/broker_adapter.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <support/no_events.hpp>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <signaling/plugin_api/adapter.hpp>
#include <signaling/plugin_api/callbacks.hpp>
#include <signaling/test_kit/fake_host.hpp>

#include "config_of.hpp"

namespace signaling::broker_parts {
namespace {

using plugin_api::Status;
using Kind = Operation::Kind;
using Texts = std::vector<std::string>;

class TestAdapter final : public BrokerAdapter<plugin_api::Adapter, Operation> {
 public:
  explicit TestAdapter(plugin_api::Host& host) : BrokerAdapter(host, "Broker") {}
  ~TestAdapter() override { stop(); }

  void start(const plugin_api::ConfigView&, plugin_api::Problems& problems) override {
    if (!knows_its_node(problems)) return;
    seen_ = std::make_unique<ClusterView>("Broker");
    if (is_well) seen_->set_health("");
    finish_start(gate, std::chrono::milliseconds(0), problems);
  }
  Status publish(const plugin_api::Destination&, plugin_api::Bytes) override { return Status::ok; }

  StartGate gate;
  bool is_well = true;
  Status inbox = Status::ok;  ///< what becomes of an operation
  std::vector<Operation> taken;
  int ends = 0;
  ClusterView& seen() { return *seen_; }

 private:
  Status hand_over(Operation&& operation) override {
    if (inbox == Status::ok) taken.push_back(std::move(operation));
    return inbox;
  }
  const ClusterView* view() const override { return seen_.get(); }
  void leave_and_join() override { ++ends; }

  std::unique_ptr<ClusterView> seen_;
};

/// What an adapter says of the nodes, as "tag name version capabilities".
Texts nodes_of(plugin_api::Adapter& adapter) {
  struct Visitor final : plugin_api::NodeVisitor {
    void on_node(const plugin_api::NodeInfo& node) override {
      nodes.push_back(std::string(node.tag) + ' ' + std::string(node.name) + ' ' + std::string(node.version) + ' ' +
                      std::string(node.capabilities));
    }
    Texts nodes;
  } visitor;
  adapter.visit_nodes(visitor);
  return visitor.nodes;
}

class BrokerAdapterTest : public ::testing::Test {
 protected:
  void attach() { adapter_.attach(events_, {"AAAA", "here", "2.0", "x y"}); }
  Texts start() {
    testing::FakeProblems problems;
    adapter_.start(config_of(""), problems);
    return problems.list;
  }
  plugin_api::PresenceHandler& presence_handler() {
    return plugin_api::make_presence_handler([this](Status status, std::uint64_t mark, bool existed, auto others) {
      EXPECT_EQ(mark, 0U);
      EXPECT_FALSE(existed);
      EXPECT_TRUE(others.empty());
      told_.push_back(status);
    });
  }
  plugin_api::SubscribeHandler& subscribe_handler() {
    return plugin_api::make_subscribe_handler([this](Status status) { told_.push_back(status); });
  }
  void ask_everything() {
    adapter_.subscribe("topic", subscribe_handler());
    adapter_.unsubscribe("topic");
    adapter_.presence_put("room", "member", "value", 7, presence_handler());
    adapter_.presence_remove("room", "member", presence_handler());
    adapter_.presence_list("room", presence_handler());
  }

  testing::FakeHost host_;
  test::NoEvents events_;
  TestAdapter adapter_{host_};
  std::vector<Status> told_;
};

TEST_F(BrokerAdapterTest, MakesOperationsOfCalls) {
  ask_everything();
  EXPECT_TRUE(told_.empty()) << "only when they are carried out";
  ASSERT_EQ(adapter_.taken.size(), 5U);
  const Operation& subscribe = adapter_.taken[0];
  EXPECT_EQ(subscribe.kind, Kind::subscribe);
  EXPECT_EQ(subscribe.name, "topic");
  EXPECT_EQ(adapter_.taken[1].kind, Kind::unsubscribe);
  EXPECT_EQ(adapter_.taken[1].name, "topic");
  const Operation& put = adapter_.taken[2];
  EXPECT_EQ(put.kind, Kind::put);
  EXPECT_EQ(put.name + ' ' + put.member + ' ' + put.body, "room member value");
  EXPECT_EQ(put.max_members, 7U);
  EXPECT_EQ(put.bytes(), sizeof(Operation) + std::string_view("roommembervalue").size());
  EXPECT_EQ(adapter_.taken[3].kind, Kind::remove);
  EXPECT_EQ(adapter_.taken[3].name + ' ' + adapter_.taken[3].member, "room member");
  EXPECT_EQ(adapter_.taken[4].kind, Kind::list);
  EXPECT_EQ(adapter_.taken[4].name, "room");
  // What the adapter's thread owes.
  subscribe.subscribe_handler->on_subscribed(Status::ok);
  subscribe.subscribe_handler->release();
  for (std::size_t i = 2; i < 5; ++i) {
    adapter_.taken[i].presence_handler->on_presence(Status::ok, 0, false, {});
    adapter_.taken[i].presence_handler->release();
  }
  EXPECT_EQ(told_, std::vector<Status>(4, Status::ok));
}

TEST_F(BrokerAdapterTest, TellsAtOnceWhyItRefuses) {
  for (const Status refusal : {Status::too_many, Status::closed}) {
    told_.clear();
    adapter_.inbox = refusal;
    ask_everything();
    EXPECT_EQ(told_, std::vector<Status>(4, refusal));
  }
  EXPECT_TRUE(adapter_.taken.empty());
}

TEST_F(BrokerAdapterTest, StartsOnlyForANodeThatItKnows) {
  EXPECT_EQ(start(), Texts{": the adapter was not told which node it serves"});
  EXPECT_EQ(adapter_.health(), "not running");
  adapter_.attach(events_, {"toolong", "", "", ""});
  EXPECT_EQ(start().size(), 1U);
  attach();
  EXPECT_TRUE(start().empty());
  EXPECT_EQ(adapter_.health(), "");
}

TEST_F(BrokerAdapterTest, StopsOnceWhatItHasStarted) {
  adapter_.stop();
  EXPECT_EQ(adapter_.ends, 0);
  attach();
  start();
  adapter_.stop();
  adapter_.stop();
  EXPECT_EQ(adapter_.ends, 1);
  EXPECT_EQ(adapter_.health(), "not running");
}

TEST_F(BrokerAdapterTest, IsStoppedAgainWhereItIsRefused) {
  attach();
  adapter_.gate.set_refused("wrong password");
  EXPECT_EQ(start(), Texts{"url: wrong password"});
  EXPECT_EQ(adapter_.ends, 1);
  EXPECT_EQ(adapter_.health(), "not running");
}

TEST_F(BrokerAdapterTest, StartsWithoutABrokerThatIsAway) {
  attach();
  adapter_.is_well = false;
  EXPECT_TRUE(start().empty());
  EXPECT_EQ(adapter_.ends, 0);
  EXPECT_EQ(adapter_.health(), "Broker has not been reached yet");
  ASSERT_EQ(host_.log_lines().size(), 1U);
  EXPECT_NE(
      host_.log_lines().front().find("starting without Broker, which is tried again and again: Broker has not been reached"),
      std::string::npos)
      << host_.log_lines().front();
}

TEST_F(BrokerAdapterTest, ShowsItsOwnNodeFirst) {
  attach();
  EXPECT_EQ(nodes_of(adapter_), Texts{"AAAA here 2.0 x y"}) << "before the start";
  start();
  adapter_.seen().set_nodes({{"BBBB", {"there", "1.0", ""}}});
  EXPECT_EQ(nodes_of(adapter_), (Texts{"AAAA here 2.0 x y", "BBBB there 1.0 "}));
}

}  // namespace
}  // namespace signaling::broker_parts
