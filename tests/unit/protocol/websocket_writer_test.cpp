#include <string>

#include <gtest/gtest.h>

#include <signaling/protocol/websocket_writer.hpp>

namespace signaling::protocol {
namespace {

TEST(WebSocketWriter, MakesControlFrames) {
  EXPECT_EQ(ping_frame("hi")->frame(), "\x89\x02hi");
  EXPECT_EQ(pong_frame("hi")->frame(), "\x8a\x02hi");
  EXPECT_EQ(pong_frame(std::string(125, 'x'))->frame(), "\x8a\x7d" + std::string(125, 'x'));
  EXPECT_EQ(close_frame(1000)->frame(), "\x88\x02\x03\xe8");
  EXPECT_EQ(close_frame(1002, "why")->frame(), "\x88\x05\x03\xeawhy");
}

TEST(WebSocketWriter, SendsNoCodeThatMayNotBeSent) {
  EXPECT_EQ(close_frame(1005)->frame(), std::string_view("\x88\0", 2));
  EXPECT_EQ(close_frame(1006, "why")->frame(), std::string_view("\x88\0", 2));
}

TEST(WebSocketWriter, CutsALongReasonAtACharacter) {
  EXPECT_EQ(close_frame(1000, std::string(200, 'r'))->payload().size(), 125u);
  const std::string reason = std::string(122, 'r') + "\xe2\x82\xac";
  EXPECT_EQ(close_frame(1000, reason)->payload().substr(2), std::string(122, 'r'));
}

TEST(WebSocketWriter, KnowsTheCodesOfTheWire) {
  for (const int code : {1000, 1003, 1007, 1014, 3000, 4999})
    EXPECT_TRUE(is_close_code_on_wire(static_cast<std::uint16_t>(code)));
  for (const int code : {0, 999, 1004, 1005, 1006, 1015, 2999, 5000}) {
    EXPECT_FALSE(is_close_code_on_wire(static_cast<std::uint16_t>(code)));
  }
}

}  // namespace
}  // namespace signaling::protocol
