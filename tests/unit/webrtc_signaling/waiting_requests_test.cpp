#include <string>
#include <string_view>
#include <webrtc_signaling/waiting_requests.hpp>

#include <gtest/gtest.h>

namespace signaling::webrtc_signaling {
namespace {

plugin_api::Event event_of(std::string_view args) {
  plugin_api::Event event;
  event.name = "message";
  event.args = args;
  return event;
}

TEST(WaitingRequests, HoldBackThoseForTheSameRoom) {
  WaitingRequests waiting;
  ASSERT_TRUE(waiting.push(event_of("{}"), "x", false));
  EXPECT_TRUE(waiting.holds_back("x", false));
  EXPECT_TRUE(waiting.holds_back("x", true));
  EXPECT_FALSE(waiting.holds_back("y", false));
  EXPECT_FALSE(waiting.holds_back("y", true));
}

TEST(WaitingRequests, HoldBackRelaysBehindRelaysOfAnyRoom) {
  WaitingRequests waiting;
  ASSERT_TRUE(waiting.push(event_of("{}"), "x", true));
  EXPECT_TRUE(waiting.holds_back("y", true));
  EXPECT_FALSE(waiting.holds_back("y", false));
}

TEST(WaitingRequests, AreHeldBackByEarlierOnesAlone) {
  WaitingRequests waiting;
  ASSERT_TRUE(waiting.push(event_of("{}"), "x", false));
  ASSERT_TRUE(waiting.push(event_of("{}"), "y", false));
  ASSERT_TRUE(waiting.push(event_of("{}"), "x", true));
  EXPECT_FALSE(waiting.is_held_back(0));
  EXPECT_FALSE(waiting.is_held_back(1));
  EXPECT_TRUE(waiting.is_held_back(2));
  EXPECT_EQ(waiting.take(0).room, "x");
  EXPECT_FALSE(waiting.is_held_back(1));
}

TEST(WaitingRequests, AreBoundedInNumber) {
  WaitingRequests waiting;
  for (std::size_t i = 0; i < WaitingRequests::max_requests; ++i) ASSERT_TRUE(waiting.push(event_of("{}"), "x", false));
  EXPECT_FALSE(waiting.push(event_of("{}"), "x", false));
  waiting.take(0);
  EXPECT_TRUE(waiting.push(event_of("{}"), "x", false));
}

TEST(WaitingRequests, AreBoundedInBytesButForASingleOne) {
  WaitingRequests waiting;
  const std::string large(WaitingRequests::max_bytes, 'x');
  EXPECT_TRUE(waiting.push(event_of(large), "x", true));
  EXPECT_FALSE(waiting.push(event_of("{}"), "x", true));
  waiting.take(0);
  const std::string half(WaitingRequests::max_bytes / 2, 'x');
  EXPECT_TRUE(waiting.push(event_of(half), "x", true));
  EXPECT_FALSE(waiting.push(event_of(half), "x", true));
}

TEST(WaitingRequests, OwnTheirAttachments) {
  WaitingRequests waiting;
  auto event = event_of("{}");
  std::string bytes = "bytes";
  const plugin_api::Bytes view = std::as_bytes(std::span(bytes.data(), bytes.size()));
  event.attachments = {&view, 1};
  ASSERT_TRUE(waiting.push(event, "x", true));
  bytes = "other";
  const auto request = waiting.take(0);
  ASSERT_EQ(request.attachments.size(), 1U);
  EXPECT_EQ(static_cast<char>(request.attachments[0][0]), 'b');
}

}  // namespace
}  // namespace signaling::webrtc_signaling
