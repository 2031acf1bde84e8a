#pragma once
// Two nodes, each with an engine, joined in memory. Sessions are opened on `home`; `away` gets their other requests.

#include <array>
#include <engine_fixture.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <signaling/forwarding/forwarding.hpp>

#include "fake_conversations.hpp"

namespace signaling::forwarding {

using Strings = std::vector<std::string>;
using Exchange = std::shared_ptr<test::FakeExchange>;

struct Node {
  Node(test::FakeCluster& cluster, std::array<std::uint8_t, 3> tag_bytes, const engine::Options& engine_options,
       const Options& options)
      : tag(base::node_tag_text(tag_bytes)),
        conversations(cluster, tag),
        engine(engine_options, base::SidSource(tag_bytes, 0), {loop, factory, observer}),
        forwarding(std::make_unique<Forwarding>(options, Forwarding::Environment{loop, engine, conversations, tag})) {
    conversations.accept_with(0, forwarding->acceptor());
  }

  std::uint64_t outcome(Outcome outcome) const {
    return forwarding->counters().outcomes[static_cast<std::size_t>(outcome)].value();
  }

  const std::string tag;
  test::FakeLoop loop;
  engine::RecordingFactory factory;
  engine::RecordingObserver observer;
  test::FakeConversations conversations;
  engine::Engine engine;
  std::unique_ptr<Forwarding> forwarding;
};

class ForwardingTest : public ::testing::Test {
 protected:
  using Milliseconds = base::Milliseconds;

  struct Opened {
    std::string sid;
    std::shared_ptr<engine::SessionRecord> record;
    engine::Session& session() const { return *record->session; }
  };

  void SetUp() override {
    home = std::make_unique<Node>(cluster, std::array<std::uint8_t, 3>{1, 2, 3}, engine_options, options);
    away = std::make_unique<Node>(cluster, std::array<std::uint8_t, 3>{4, 5, 6}, engine_options, options);
  }
  /// With the options as they are now.
  void start_anew() {
    home.reset();
    away.reset();
    SetUp();
  }
  void TearDown() override {
    for (Node* node : {home.get(), away.get()}) {
      if (node != nullptr) node->loop.run();
    }
  }

  /// Both nodes do what there is to do, and hear each other.
  void run() {
    const auto turn = [this] {
      home->loop.run_turn();
      away->loop.run_turn();
    };
    for (int i = 0; i < 100; ++i) {
      turn();
      cluster.deliver(turn);
      if (home->loop.posted_count() + away->loop.posted_count() == 0 && cluster.waiting() == 0) break;
    }
  }
  void advance(base::Duration by) {
    home->loop.advance(by);
    away->loop.advance(by);
    run();
  }

  Exchange begin(Node& node, Exchange exchange) {
    exchanges_.push_back(exchange);
    node.forwarding->handle(*exchange);
    return exchange;
  }
  Exchange request(Node& node, std::string_view method, const std::string& query, std::string_view body = {},
                   test::FakeExchange::Headers headers = {}) {
    auto exchange = begin(node, std::make_shared<test::FakeExchange>(method, "/engine.io/?" + query, body, std::move(headers)));
    run();
    return exchange;
  }
  Exchange poll(Node& node, const std::string& sid) { return request(node, "GET", "EIO=4&transport=polling&sid=" + sid); }
  Exchange post(Node& node, const std::string& sid, std::string_view body, test::FakeExchange::Headers headers = {}) {
    return request(node, "POST", "EIO=4&transport=polling&sid=" + sid, body, std::move(headers));
  }
  Exchange websocket(Node& node, const std::string& sid) {
    auto exchange = begin(node, test::FakeExchange::websocket("/engine.io/?EIO=4&transport=websocket&sid=" + sid));
    run();
    return exchange;
  }

  Opened open_at_home() {
    const Exchange exchange = request(*home, "GET", "EIO=4&transport=polling");
    return {exchange->body().substr(9, base::sid_length), home->factory.records.back()};
  }
  /// Polling on `home`, upgraded on `away`.
  std::shared_ptr<test::FakeChannel> upgrade_away(const std::string& sid) {
    auto channel = websocket(*away, sid)->shared_channel();
    channel->receive("2probe");
    run();
    EXPECT_EQ(channel->take(), Strings{"3probe"});
    channel->receive("5");
    run();
    return channel;
  }
  void send(engine::Session& session, std::string_view text, bool is_volatile = false) {
    engine::send_text(session, text, is_volatile);
  }
  void expect_gone(const std::string& sid) {
    EXPECT_EQ(poll(*home, sid)->body(), R"({"code":1,"message":"Session ID unknown"})");
  }

  Options options;
  engine::Options engine_options;
  test::FakeCluster cluster;

 private:
  std::vector<Exchange> exchanges_;  // connections outlive the nodes

 protected:
  std::unique_ptr<Node> home;
  std::unique_ptr<Node> away;
};

}  // namespace signaling::forwarding
