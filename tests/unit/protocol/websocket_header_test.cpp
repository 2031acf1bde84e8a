#include "websocket_header.hpp"

#include <string>

#include <gtest/gtest.h>

#include "websocket_client_frames.hpp"

namespace signaling::protocol::test {
namespace {

constexpr std::array<char, 4> key{'\x11', '\x92', '\x00', '\xff'};

std::string masked(std::string text) {
  for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(text[i] ^ key[i & 3]);
  return text;
}

TEST(Unmask, WorksForEverySizeAndAlignment) {
  for (std::size_t size = 0; size < 100; ++size) {
    std::string plain(size, '\0');
    for (std::size_t i = 0; i < size; ++i) plain[i] = static_cast<char>(i * 37);
    for (std::size_t offset = 0; offset < 9; ++offset) {
      std::string buffer = std::string(offset, '#') + masked(plain) + "###";
      unmask({buffer.data() + offset, size}, key);
      ASSERT_EQ(buffer, std::string(offset, '#') + plain + "###") << size << " at " << offset;
    }
  }
}

TEST(Unmask, TellsAsciiFromTheRestWhereverTheByteIs) {
  for (std::size_t size = 1; size < 70; ++size) {
    std::string ascii = masked(std::string(size, '\x7f'));
    ASSERT_TRUE(unmask(ascii, key)) << size;
    for (std::size_t at = 0; at < size; ++at) {
      std::string text(size, 'a');
      text[at] = '\x80';
      text = masked(text);
      ASSERT_FALSE(unmask(text, key)) << at << " of " << size;
    }
  }
}

TEST(RotateKey, ContinuesWhereThePayloadWasCut) {
  const std::string plain = "The quick brown fox jumps over the lazy dog";
  for (std::size_t cut = 0; cut <= plain.size(); ++cut) {
    std::string text = masked(plain);
    unmask({text.data(), cut}, key);
    unmask({text.data() + cut, text.size() - cut}, rotate_key(key, cut));
    ASSERT_EQ(text, plain) << cut;
  }
}

// The short cut for the usual frame must agree with the parser of all frames, for every pair of first bytes.
TEST(UsualFrame, IsWhatTheParserSays) {
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      for (const std::size_t extended : {0, 125, 126, 300, 0xFFFF}) {
        std::string bytes{static_cast<char>(first), static_cast<char>(second), static_cast<char>(extended >> 8),
                          static_cast<char>(extended & 0xFF)};
        bytes.resize(320);
        const FrameHead head = parse_frame_head(bytes);
        const bool usual = (first == 0x81 || first == 0x82) && head.masked && head.minimal && head.size <= 8 &&
                           head.size + head.length <= bytes.size();
        const UsualFrame frame = usual_frame(bytes);
        ASSERT_EQ(frame.head != 0, usual) << first << ' ' << second << ' ' << extended;
        if (!usual) continue;
        ASSERT_EQ(frame.head, head.size);
        ASSERT_EQ(frame.length, head.length);
        ASSERT_EQ(frame.is_binary, head.opcode == Opcode::binary);
      }
    }
  }
}

TEST(UsualFrame, WantsEveryByteOfTheFrame) {
  for (const std::size_t size : {0, 1, 125, 126, 300}) {
    const std::string bytes = text(std::string(size, 'x'));
    for (std::size_t end = 0; end < bytes.size(); ++end) {
      ASSERT_EQ(usual_frame(std::span(bytes).first(end)).head, 0) << end << " of " << bytes.size();
    }
    ASSERT_NE(usual_frame(bytes).head, 0);
  }
}

}  // namespace
}  // namespace signaling::protocol::test
