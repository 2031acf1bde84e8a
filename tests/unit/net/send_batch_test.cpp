#include "send_batch.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "file_descriptor.hpp"

namespace signaling::net {
namespace {

struct Pair {
  FileDescriptor here;
  FileDescriptor there;
};

Pair make_pair() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()) != 0)
    throw std::system_error(errno, std::generic_category());
  return {FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

std::string received(const Pair& pair) {
  std::string text(4096, '\0');
  const ssize_t size = ::recv(pair.there.get(), text.data(), text.size(), MSG_DONTWAIT);
  text.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
  return text;
}

class SendBatches : public testing::Test {
 protected:
  void SetUp() override {
    const std::string problem = SendBatch::problem();
    if (problem.empty()) return;
    // Nobody would see there that it was not tested.
    if (std::getenv("CI") != nullptr) FAIL() << problem;
    GTEST_SKIP() << problem;
  }
};

TEST_F(SendBatches, EachGetsItsOwn) {
  SendBatch batch;
  std::vector<Pair> pairs;
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < SendBatch::most; ++i) {
    pairs.push_back(make_pair());
    texts.push_back("text " + std::to_string(i));
  }
  for (int round = 0; round < 3; ++round) {
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      EXPECT_FALSE(batch.is_full());
      batch.add(nullptr, pairs[i].here.get(), texts[i].data(), texts[i].size());
    }
    EXPECT_TRUE(batch.is_full());
    ASSERT_TRUE(batch.submit());
    ASSERT_EQ(batch.items().size(), pairs.size());
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      EXPECT_EQ(batch.items()[i].result, static_cast<int>(texts[i].size()));
      EXPECT_EQ(received(pairs[i]), texts[i]);
    }
    batch.clear();
    EXPECT_TRUE(batch.items().empty());
  }
}

// The others' sends are not held up by it, and no signal ends the process.
TEST_F(SendBatches, OneThatCannotSendIsToldForItself) {
  SendBatch batch;
  const Pair good = make_pair();
  Pair gone = make_pair();
  gone.there = FileDescriptor();
  const Pair full = make_pair();
  const std::string much(64 * 1024, 'x');
  while (::send(full.here.get(), much.data(), much.size(), MSG_DONTWAIT) > 0) {
  }
  batch.add(nullptr, gone.here.get(), "a", 1);
  batch.add(nullptr, full.here.get(), much.data(), much.size());
  batch.add(nullptr, good.here.get(), "b", 1);
  ASSERT_TRUE(batch.submit());
  EXPECT_EQ(batch.items()[0].result, -EPIPE);
  EXPECT_EQ(batch.items()[1].result, -EAGAIN);
  EXPECT_EQ(batch.items()[2].result, 1);
  EXPECT_EQ(received(good), "b");
}

TEST_F(SendBatches, WhatFitsInPartIsSentInPart) {
  SendBatch batch;
  const Pair pair = make_pair();
  const std::string much(8 * 1024 * 1024, 'x');
  batch.add(nullptr, pair.here.get(), much.data(), much.size());
  ASSERT_TRUE(batch.submit());
  EXPECT_GT(batch.items()[0].result, 0);
  EXPECT_LT(batch.items()[0].result, static_cast<int>(much.size()));
}

TEST_F(SendBatches, RoomIsBounded) {
  SendBatch batch;
  EXPECT_NE(batch.room(SendBatch::scratch_bytes - 10), nullptr);
  EXPECT_EQ(batch.room(11), nullptr);
  EXPECT_NE(batch.room(10), nullptr);
  batch.clear();
  EXPECT_NE(batch.room(SendBatch::scratch_bytes), nullptr);
}

}  // namespace
}  // namespace signaling::net
