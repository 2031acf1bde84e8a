#include "send_queue.hpp"

#include <gtest/gtest.h>

#include "engine_fixture.hpp"

namespace signaling::engine {
namespace {

TEST(SendQueue, JoinsMessagesInOrder) {
  RecordingObserver observer;
  SendQueue queue(observer);
  queue.push(text_message("a"));
  queue.push(binary_message("\x01\x02\x03\x04"));
  queue.push(text_message("b"));
  EXPECT_EQ(queue.take_reply().body,
            "4a\x1e"
            "bAQIDBA==\x1e"
            "4b");
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.bytes(), 0u);
}

TEST(SendQueue, CountsTheBytesOfTheAnswer) {
  RecordingObserver observer;
  SendQueue queue(observer);
  queue.push(text_message("hello"));
  queue.push(binary_message("12345"));
  const std::size_t bytes = queue.bytes();
  // Each with a separator, of which the first is not written.
  EXPECT_EQ(bytes, queue.take_reply().body.size() + 1);
}

TEST(SendQueue, AppendsAPacketOfTheEngine) {
  RecordingObserver observer;
  SendQueue queue(observer);
  EXPECT_EQ(queue.take_reply("1").body, "1");
  queue.push(text_message("a"));
  EXPECT_EQ(queue.take_reply("1").body,
            "4a\x1e"
            "1");
}

TEST(SendQueue, IsCompressibleUnlessEveryMessageSaidNo) {
  RecordingObserver observer;
  SendQueue queue(observer);
  queue.push(text_message("a", false));
  EXPECT_FALSE(queue.take_reply().compressible);
  queue.push(text_message("a", false));
  queue.push(text_message("b", true));
  EXPECT_TRUE(queue.take_reply().compressible);
  EXPECT_FALSE(queue.take_reply("6").compressible);
}

TEST(SendQueue, AnswersWithTheTypeAndCachingOfPolling) {
  RecordingObserver observer;
  SendQueue queue(observer);
  queue.push(text_message("a"));
  const HttpReply reply = queue.take_reply();
  EXPECT_EQ(reply.status, 200u);
  EXPECT_EQ(reply.content_type, "text/plain; charset=UTF-8");
  EXPECT_EQ(reply.headers.at(0), (std::pair<std::string, std::string>("cache-control", "no-store")));
}

TEST(SendQueue, TellsWhatItHolds) {
  RecordingObserver observer;
  {
    SendQueue queue(observer);
    queue.push(text_message("hello"));
    EXPECT_EQ(observer.queued_bytes, static_cast<std::ptrdiff_t>(queue.bytes()));
    queue.push(text_message("again"));
    EXPECT_EQ(observer.queued_bytes, static_cast<std::ptrdiff_t>(queue.bytes()));
    queue.take_reply();
    EXPECT_EQ(observer.queued_bytes, 0);
    queue.push(text_message("left behind"));
    EXPECT_GT(observer.queued_bytes, 0);
  }
  EXPECT_EQ(observer.queued_bytes, 0);
}

}  // namespace
}  // namespace signaling::engine
