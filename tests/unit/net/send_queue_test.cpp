#include "send_queue.hpp"

#include <array>
#include <random>
#include <string>

#include <gtest/gtest.h>

namespace signaling::net {
namespace {

using protocol::MessagePtr;

std::string front(const SendQueue& queue, std::size_t pieces = 256) {
  std::vector<iovec> out(pieces);
  const std::size_t count = queue.gather(out);
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text.append(static_cast<const char*>(out[i].iov_base), out[i].iov_len);
  return text;
}

TEST(SendQueue, SendsTextBeforeFrames) {
  FrameListPool pool;
  SendQueue queue;
  queue.push_text("HTTP");
  queue.push_text("/1.1");
  queue.push(MessagePtr::text("one"), pool);
  queue.push(MessagePtr::text("two"), pool);
  EXPECT_EQ(front(queue), "HTTP/1.1\x81\x03one\x81\x03two");
  EXPECT_EQ(queue.bytes(), 18u);
  queue.consume(6, pool);
  EXPECT_EQ(front(queue), ".1\x81\x03one\x81\x03two");
  queue.consume(2 + 5 + 1, pool);
  EXPECT_EQ(front(queue), "\x03two");
  queue.consume(4, pool);
  EXPECT_TRUE(queue.empty());
}

TEST(SendQueue, GathersNoMorePiecesThanThereIsRoomFor) {
  FrameListPool pool;
  SendQueue queue;
  for (int i = 0; i < 10; ++i) queue.push(MessagePtr::text("x"), pool);
  EXPECT_EQ(front(queue, 3).size(), 9u);
}

TEST(SendQueue, KeepsItsBytesInOrderThroughAnyPartialWrites) {
  FrameListPool pool;
  SendQueue queue;
  std::mt19937 random(1);
  std::string expected;
  std::string sent;
  for (int round = 0; round < 5000; ++round) {
    if (random() % 2 == 0) {
      const MessagePtr message = MessagePtr::text(std::string(random() % 300, static_cast<char>('a' + round % 26)));
      expected += message->frame();
      queue.push(message, pool);
    } else if (!queue.empty()) {
      const std::string bytes = front(queue);
      const std::size_t size = 1 + random() % bytes.size();
      sent += bytes.substr(0, size);
      queue.consume(size, pool);
    }
    ASSERT_EQ(queue.bytes(), expected.size() - sent.size());
  }
  while (!queue.empty()) {
    const std::string bytes = front(queue);
    sent += bytes;
    queue.consume(bytes.size(), pool);
  }
  EXPECT_EQ(sent, expected);
}

TEST(SendQueue, ClearGivesEverythingBack) {
  FrameListPool pool;
  SendQueue queue;
  queue.push_text("text");
  for (int i = 0; i < 3; ++i) queue.push(MessagePtr::text("x"), pool);
  queue.consume(2, pool);
  queue.clear(pool);
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(front(queue), "");
  queue.push(MessagePtr::text("y"), pool);
  EXPECT_EQ(front(queue), "\x81\x01y");
}

}  // namespace
}  // namespace signaling::net
