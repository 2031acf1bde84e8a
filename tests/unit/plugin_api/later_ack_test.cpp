#include <optional>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include <signaling/plugin_api/basic_plugin.hpp>
#include <signaling/plugin_api/later_ack.hpp>
#include <signaling/test_kit/fake_cluster.hpp>

namespace signaling::plugin_api {
namespace {

/// Keeps the token of each event.
class Keeper final : public BasicApplication {
 public:
  explicit Keeper(Host& host) : host_(host) {}
  LaterAck last;

  void claim_namespaces(NamespaceClaims&) override {}
  void on_event(Socket& socket, const Event& event) override { last = LaterAck(host_, socket, event); }

 private:
  Host& host_;
};

class LaterAckTest : public ::testing::Test {
 protected:
  testing::FakeCluster cluster_{1};
  testing::FakeNode& node_ = cluster_.node(0);
  testing::FakeHost& host_ = node_.host();
  Keeper keeper_{host_};
  testing::FakeSocket& socket_ = [this]() -> testing::FakeSocket& {
    node_.run(keeper_);
    return node_.connect();
  }();
};

TEST_F(LaterAckTest, LeavesAtOnceOnTheSocketsLoop) {
  const auto number = socket_.send("ask", "");
  EXPECT_EQ(socket_.ack_text(number), "");
  EXPECT_FALSE(keeper_.last.is_answered());
  EXPECT_TRUE(keeper_.last.reply("done", 3));
  EXPECT_EQ(socket_.ack_text(number), R"(["done",3])");
  EXPECT_FALSE(keeper_.last.reply("twice"));
  EXPECT_TRUE(keeper_.last.is_answered());
}

TEST_F(LaterAckTest, IsPostedFromElsewhere) {
  const auto number = socket_.send("ask", "");
  host_.set_current_loop(1);  // a thread that is no loop
  {
    const std::string gone = R"([{"_placeholder":true,"num":0}])";
    const std::byte bytes[] = {std::byte{'x'}, std::byte{'y'}};
    const Bytes attachment(bytes);
    EXPECT_TRUE(keeper_.last.answer(json::Pieces(gone).payload({&attachment, 1})));
  }
  EXPECT_EQ(socket_.ack_text(number), "");
  host_.run_posted();
  EXPECT_EQ(socket_.ack_text(number), R"([{"_placeholder":true,"num":0}])");
  EXPECT_EQ(socket_.received.back().attachments.front(), "xy") << "a copy";
}

TEST_F(LaterAckTest, SaysThatItFailedWhereItIsForgotten) {
  const auto number = socket_.send("ask", "");
  keeper_.last = LaterAck();
  EXPECT_EQ(socket_.ack_text(number), failed_reply);
  const auto other = socket_.send("ask", "");
  host_.set_current_loop(1);
  { const LaterAck dropped = std::move(keeper_.last); }
  host_.run_posted();
  EXPECT_EQ(socket_.ack_text(other), failed_reply);
}

TEST_F(LaterAckTest, HasNothingToDoWhereNoneIsWantedOrTheSocketHasLeft) {
  socket_.send_without_ack("tell", "");
  EXPECT_TRUE(keeper_.last.is_answered());
  EXPECT_FALSE(keeper_.last.reply(1));
  socket_.send("ask", "");
  socket_.drop_connection();
  EXPECT_TRUE(keeper_.last.reply(1));
  EXPECT_TRUE(socket_.received.empty());
}

}  // namespace
}  // namespace signaling::plugin_api
