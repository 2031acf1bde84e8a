#include "mark.hpp"

#include <gtest/gtest.h>

namespace signaling::bench_load {
namespace {

constexpr Mark mark{.room = 0xFFFF, .sender = 999, .slot = 255, .sequence = 0xFEDCBA98, .time_ns = 0x123456789ABC};

std::string packet_with(std::size_t bytes) {
  std::string packet = R"(["message",{"room":"bench-1","from":"aZ_-0","data":")";
  append_mark(packet, mark, bytes);
  return packet + R"("}])";
}

TEST(Mark, IsFoundAgainInAPacket) {
  for (const std::size_t bytes : {mark_bytes, std::size_t{64}, std::size_t{1024}}) {
    Mark found;
    ASSERT_TRUE(find_mark(packet_with(bytes), bytes, found));
    EXPECT_EQ(found, mark);
  }
}

TEST(Mark, HasTheWantedLength) {
  std::string text;
  append_mark(text, mark, 100);
  EXPECT_EQ(text.size(), 100U);
}

TEST(Mark, IsNotFoundInAShortenedPacket) {
  Mark found;
  const std::string packet = packet_with(64);
  EXPECT_FALSE(find_mark(packet.substr(0, packet.size() - 4), 64, found));
  EXPECT_FALSE(find_mark(R"(["message",{"room":"bench-1"}])", 64, found));
}

TEST(Mark, IsNotFoundWhereADigitIsNone) {
  Mark found;
  for (const std::size_t offset : {1U, 10U, 30U, 31U}) {
    std::string packet = packet_with(64);
    packet[packet.find('@') + offset] = 'g';
    EXPECT_FALSE(find_mark(packet, 64, found)) << offset;
  }
}

}  // namespace
}  // namespace signaling::bench_load
