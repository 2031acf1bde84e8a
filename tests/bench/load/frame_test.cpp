#include "frame.hpp"

#include <array>
#include <string>

#include <gtest/gtest.h>

namespace signaling::bench_load {
namespace {

std::size_t head_bytes_of(std::size_t payload_bytes) { return payload_bytes < 126 ? 2 : payload_bytes <= 0xFFFF ? 4 : 10; }

TEST(AppendFrame, MasksByteByByteWithTheKeyInFront) {
  const std::uint32_t mask = 0xA1B2C3D4;
  for (const std::size_t size : {0U, 1U, 7U, 8U, 9U, 125U, 126U, 65535U, 65536U}) {
    std::string payload(size, ' ');
    for (std::size_t i = 0; i < size; ++i) payload[i] = static_cast<char>('a' + i % 26);
    std::string frame = "before";
    append_frame(frame, Opcode::text, payload, mask);
    frame.erase(0, 6);

    const std::size_t head = head_bytes_of(size);
    ASSERT_EQ(frame.size(), head + 4 + size);
    EXPECT_EQ(frame[0], '\x81');
    EXPECT_NE(frame[1] & 0x80, 0);
    const std::string key = frame.substr(head, 4);
    std::string unmasked = frame.substr(head + 4);
    for (std::size_t i = 0; i < size; ++i) unmasked[i] = static_cast<char>(unmasked[i] ^ key[i % 4]);
    EXPECT_EQ(unmasked, payload);
  }
}

TEST(AppendFrame, WritesLengthsInNetworkOrder) {
  std::string frame;
  append_frame(frame, Opcode::text, std::string(0x1234, 'x'), 1);
  EXPECT_EQ(frame.substr(1, 3), std::string("\xFE\x12\x34"));
  frame.clear();
  append_frame(frame, Opcode::text, std::string(0x012345, 'x'), 1);
  EXPECT_EQ(frame.substr(1, 9), std::string("\xFF\0\0\0\0\0\x01\x23\x45", 9));
}

TEST(TakeFrame, TakesFramesOneAfterTheOtherAndLeavesWhatIsIncomplete) {
  const std::string bytes("\x81\x02hi\x8A\x00\x81\x05par", 11);
  std::string_view input = bytes;
  ServerFrame frame;
  ASSERT_EQ(take_frame(input, frame), FrameStatus::complete);
  EXPECT_EQ(frame.payload, "hi");
  EXPECT_EQ(frame.opcode, Opcode::text);
  ASSERT_EQ(take_frame(input, frame), FrameStatus::complete);
  EXPECT_EQ(frame.opcode, Opcode::pong);
  EXPECT_EQ(take_frame(input, frame), FrameStatus::partial);
  EXPECT_EQ(input, std::string_view("\x81\x05par"));
}

TEST(TakeFrame, WaitsForEachByteOfALongLength) {
  std::string bytes("\x81\x7F\0\0\0\0\0\x01\0\0", 10);
  bytes.append(65536, 'y');
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{9}, bytes.size() - 1}) {
    std::string_view input(bytes.data(), size);
    ServerFrame frame;
    EXPECT_EQ(take_frame(input, frame), FrameStatus::partial) << size;
  }
  std::string_view input = bytes;
  ServerFrame frame;
  ASSERT_EQ(take_frame(input, frame), FrameStatus::complete);
  EXPECT_EQ(frame.payload.size(), 65536U);
  EXPECT_TRUE(input.empty());
}

TEST(Frames, TellWhetherTheyAreDeflated) {
  std::string sent;
  append_frame(sent, Opcode::text, "x", 1, true);
  EXPECT_EQ(sent[0], '\xC1');
  std::string_view input("\xC1\x01x\x81\x01y", 6);
  ServerFrame frame;
  ASSERT_EQ(take_frame(input, frame), FrameStatus::complete);
  EXPECT_TRUE(frame.is_deflated);
  ASSERT_EQ(take_frame(input, frame), FrameStatus::complete);
  EXPECT_FALSE(frame.is_deflated);
}

TEST(TakeFrame, RefusesWhatNoServerSendsHere) {
  const std::array<std::string, 5> frames{
      std::string("\x01\x01x", 3),                    // not final
      std::string("\x80\x01x", 3),                    // a continuation
      std::string("\xA1\x01x", 3),                    // RSV2
      std::string("\x81\x81\0\0\0\0x", 7),            // masked
      std::string("\x81\x7F\x7F\0\0\0\0\0\0\0", 10),  // absurdly long
  };
  for (const std::string& bytes : frames) {
    std::string_view input = bytes;
    ServerFrame frame;
    EXPECT_EQ(take_frame(input, frame), FrameStatus::unsupported);
  }
}

}  // namespace
}  // namespace signaling::bench_load
