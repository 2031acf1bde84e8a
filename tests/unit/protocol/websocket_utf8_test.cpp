#include "websocket_utf8.hpp"

#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace signaling::protocol {
namespace {

std::string encode(std::uint32_t c) {
  const auto byte = [](std::uint32_t value) { return static_cast<char>(value); };
  if (c < 0x80) return {byte(c)};
  if (c < 0x800) return {byte(0xC0 | c >> 6), byte(0x80 | (c & 0x3F))};
  if (c < 0x10000) return {byte(0xE0 | c >> 12), byte(0x80 | (c >> 6 & 0x3F)), byte(0x80 | (c & 0x3F))};
  return {byte(0xF0 | c >> 18), byte(0x80 | (c >> 12 & 0x3F)), byte(0x80 | (c >> 6 & 0x3F)), byte(0x80 | (c & 0x3F))};
}

/// Every character and every beginning of one; in all there are 51 lead bytes and some 17,000 longer beginnings.
struct Reference {
  std::vector<bool> whole3 = std::vector<bool>(1 << 24);
  std::set<std::string> beginnings;  ///< proper ones
  std::set<std::string> short_characters;
  Reference() {
    for (std::uint32_t c = 0; c <= 0x10FFFF; ++c) {
      if (c >= 0xD800 && c <= 0xDFFF) continue;
      const std::string text = encode(c);
      if (text.size() == 4 && (c & 0x3F) != 0) continue;  // the last byte is any of 80 … BF
      if (text.size() == 3) whole3[key(text)] = true;
      if (text.size() < 3) short_characters.insert(text);
      for (std::size_t n = 1; n < text.size(); ++n) beginnings.insert(text.substr(0, n));
    }
  }
  static std::size_t key(const std::string& text) {
    std::size_t value = 0;
    for (const char c : text) value = value << 8 | static_cast<unsigned char>(c);
    return value;
  }
  bool is_character(const std::string& text) const {
    if (text.size() == 3) return whole3[key(text)];
    if (text.size() == 4) return (static_cast<unsigned char>(text[3]) & 0xC0) == 0x80;  // of a valid beginning
    return short_characters.count(text) != 0;
  }
};

TEST(Utf8Stream, AcceptsAByteExactlyWhereACharacterMayContinueSo) {
  const Reference reference;
  std::vector<std::string> beginnings(reference.beginnings.begin(), reference.beginnings.end());
  beginnings.emplace_back();
  for (const std::string& beginning : beginnings) {
    for (int byte = 0; byte < 256; ++byte) {
      const std::string next = beginning + static_cast<char>(byte);
      const bool whole = reference.is_character(next);
      const bool begun = next.size() < 4 && reference.beginnings.count(next) != 0;
      Utf8Stream stream;
      ASSERT_TRUE(stream.feed(beginning));
      ASSERT_EQ(stream.feed({next.data() + beginning.size(), 1}), whole || begun)
          << beginning.size() << " bytes, then " << byte;
      if (whole || begun) {
        ASSERT_EQ(stream.is_complete(), whole);
      }
    }
  }
}

// The vectorised way must agree with the scalar one wherever the characters are cut.
TEST(Utf8Stream, LongTextMayBeCutAnywhere) {
  std::string text;
  for (int i = 0; i < 30; ++i) text += "abc\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    Utf8Stream stream;
    ASSERT_TRUE(stream.feed(std::string_view(text).substr(0, cut))) << cut;
    ASSERT_TRUE(stream.feed(std::string_view(text).substr(cut))) << cut;
    ASSERT_TRUE(stream.is_complete());
  }
}

TEST(Utf8Stream, FindsABadByteAnywhereInLongText) {
  for (const std::string bad : {"\xff", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\x80", "\xe2\x82z", "\xf0\x9f\x98"}) {
    for (std::size_t at = 0; at < 200; ++at) {
      const std::string text = std::string(at, 'x') + bad + std::string(200 - at, 'y');
      Utf8Stream stream;
      ASSERT_FALSE(stream.feed(text)) << at;
    }
  }
}

TEST(Utf8Stream, EndsInsideACharacterOnlyWhereOneIsMissingBytes) {
  for (const std::string tail : {"\xc3", "\xe2", "\xe2\x82", "\xf0", "\xf0\x9f", "\xf0\x9f\x98"}) {
    Utf8Stream stream;
    ASSERT_TRUE(stream.feed(std::string(100, 'x') + tail));
    ASSERT_FALSE(stream.is_complete());
  }
  Utf8Stream bad;
  EXPECT_FALSE(bad.feed(std::string(100, 'x') + "\xed\xa0")) << "a surrogate is known by its second byte";
}

}  // namespace
}  // namespace signaling::protocol
