#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signaling/plugin_api/replies.hpp>

#include "stub_socket.hpp"

namespace signaling::plugin_api {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Emit, IsMadeOfValues) {
  StubSocket socket;
  EXPECT_EQ(emit(socket, "joined", "a \"room\"", 3, json::object("id", socket.id())), EmitResult::sent);
  EXPECT_EQ(emit(socket, "bye"), EmitResult::sent);
  EXPECT_THAT(socket.sent, ElementsAre(R"(["joined","a \"room\"",3,{"id":"aaaabbbbccccddddeeee"}])", R"(["bye"])"));
}

TEST(Reply, IsMadeOfValues) {
  StubSocket socket;
  const Event event = make_event("ask", "");
  EXPECT_TRUE(reply(socket, event, 1, "two"));
  EXPECT_TRUE(reply_ok(socket, event));
  EXPECT_TRUE(reply_ok(socket, event, "id", 7));
  EXPECT_TRUE(reply_error(socket, event, "full", "the room is full"));
  EXPECT_THAT(socket.replies, ElementsAre(R"(7: [1,"two"])", R"(7: [{"ok":true}])", R"(7: [{"ok":true,"id":7}])",
                                          R"(7: [{"ok":false,"error":{"code":"full","message":"the room is full"}}])"));
}

TEST(Reply, IsNotSentWhereNoneIsWanted) {
  StubSocket socket;
  Event event = make_event("ask", "");
  event.ack = {};
  EXPECT_FALSE(reply(socket, event, 1));
  EXPECT_FALSE(reply_ok(socket, event));
  EXPECT_FALSE(reply_error(socket, event, "full", ""));
  EXPECT_THAT(socket.replies, IsEmpty());
}

}  // namespace
}  // namespace signaling::plugin_api
