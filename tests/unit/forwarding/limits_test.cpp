#include "forwarding_fixture.hpp"

namespace signaling::forwarding {
namespace {

class Limits : public ForwardingTest {
 protected:
  void SetUp() override {
    options.max_requests = 2;
    options.max_tunnels = 1;
    options.max_waiting_body_bytes = 1000;
    ForwardingTest::SetUp();
  }
};

TEST_F(Limits, MoreRequestsThanAllowedGet503AndHarmNoSession) {
  std::vector<Opened> sessions;
  for (int i = 0; i < 3; ++i) sessions.push_back(open_at_home());
  const Exchange first = poll(*away, sessions[0].sid);
  const Exchange second = poll(*away, sessions[1].sid);
  const Exchange third = poll(*away, sessions[2].sid);
  EXPECT_EQ(third->status(), 503u);
  EXPECT_EQ(third->body(), "Too many requests wait for other nodes");
  EXPECT_EQ(away->outcome(Outcome::too_many), 1u);
  send(sessions[0].session(), "x");
  run();
  EXPECT_EQ(first->body(), "4x");
  EXPECT_TRUE(poll(*away, sessions[2].sid)->is_pending());
}

TEST_F(Limits, BodiesThatWaitAreBoundedTogether) {
  const Opened one = open_at_home();
  const Opened two = open_at_home();
  const std::string body = "4" + std::string(600, 'x');
  const auto make = [&](const Opened& opened) {
    return begin(*away,
                 std::make_shared<test::FakeExchange>("POST", "/engine.io/?EIO=4&transport=polling&sid=" + opened.sid, body));
  };
  const Exchange first = make(one);
  const Exchange second = make(two);
  EXPECT_EQ(second->status(), 503u);
  run();
  EXPECT_EQ(first->body(), "ok");
  const Exchange third = make(two);
  run();
  EXPECT_EQ(third->body(), "ok");
}

TEST_F(Limits, TheConversationsOwnBoundIs503) {
  const Opened opened = open_at_home();
  away->conversations.is_full = true;
  EXPECT_EQ(poll(*away, opened.sid)->status(), 503u);
  EXPECT_EQ(away->outcome(Outcome::too_many), 1u);
}

TEST_F(Limits, TheOwnerRefusesMoreThanItServes) {
  auto third = std::make_unique<Node>(cluster, std::array<std::uint8_t, 3>{7, 8, 9}, engine_options, options);
  std::vector<Opened> sessions;
  for (int i = 0; i < 3; ++i) sessions.push_back(open_at_home());
  poll(*away, sessions[0].sid);
  poll(*away, sessions[1].sid);
  const Exchange exchange = poll(*third, sessions[2].sid);
  EXPECT_EQ(exchange->status(), 503u);
  EXPECT_EQ(exchange->body(), "The node of this session does not take the request");
  EXPECT_EQ(third->outcome(Outcome::refused), 1u);
  EXPECT_EQ(home->forwarding->counters().served_refused.value(), 1u);
  third->loop.run();
}

TEST_F(Limits, MoreTunnelsThanAllowedGet503) {
  const Opened one = open_at_home();
  const Opened two = open_at_home();
  const auto channel = upgrade_away(one.sid);
  EXPECT_EQ(websocket(*away, two.sid)->status(), 503u);
  // Polling goes on, and a tunnel that ends makes room.
  EXPECT_EQ(post(*away, two.sid, "4x")->body(), "ok");
  channel->client_closes();
  run();
  EXPECT_TRUE(websocket(*away, two.sid)->is_accepted());
}

}  // namespace
}  // namespace signaling::forwarding
