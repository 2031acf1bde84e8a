// How presence stands in Redis.

#include <redis_adapter/presence_entry.hpp>
#include <redis_adapter/presence_reply.hpp>
#include <string>

#include <gtest/gtest.h>

namespace signaling::redis_adapter {
namespace {

std::string entry(std::uint64_t order, std::uint64_t mark, const std::string& value) {
  return encode_mark(order) + encode_mark(mark) + "AAAA-" + value;
}

TEST(PresenceEntry, IsReadInItsParts) {
  const std::string text = entry(5, 1'700'000'000'000'000, "{}");
  const auto parsed = parse_entry(text);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->order, 5u);
  EXPECT_EQ(parsed->mark, 1'700'000'000'000'000u);
  EXPECT_EQ(parsed->tag, "AAAA");
  EXPECT_EQ(parsed->value, "{}");
  EXPECT_TRUE(parse_entry(entry(1, 1, "")));
}

TEST(PresenceEntry, OfAnotherFormIsRefused) {
  EXPECT_FALSE(parse_entry(""));
  EXPECT_FALSE(parse_entry("0000000000000001000000000000000"));
  EXPECT_FALSE(parse_entry(std::string(40, 'x')));
}

TEST(PresenceEntry, OwnedNamesKeepTheirBorder) {
  const std::string text = encode_owned("room", "member");
  const auto parsed = parse_owned(text);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->room, "room");
  EXPECT_EQ(parsed->member, "member");
  EXPECT_FALSE(parse_owned("000000ffroom"));
  EXPECT_FALSE(parse_owned("x"));
}

TEST(PresenceEntry, LogElementsAreReadInTheirParts) {
  const std::string text = encode_mark(9) + "JBBBB" + "00000004" + "00000002" + "room" + "m2" + "value";
  const auto parsed = parse_log(text);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->mark, 9u);
  EXPECT_EQ(parsed->kind, 'J');
  EXPECT_EQ(parsed->tag, "BBBB");
  EXPECT_EQ(parsed->room, "room");
  EXPECT_EQ(parsed->member, "m2");
  EXPECT_EQ(parsed->value, "value");
  for (std::size_t size = 0; size < text.size() - 5; ++size) EXPECT_FALSE(parse_log(text.substr(0, size))) << size;
}

TEST(PresenceReply, SortsMembersByTheirEntering) {
  const std::string late = entry(20, 21, "2");
  const std::string early = entry(10, 30, "1");
  ASSERT_LT(late.size(), 256u);
  const auto text = [](const std::string& bytes) { return "\xD9" + std::string(1, static_cast<char>(bytes.size())) + bytes; };
  const std::string packed = "\x96\xA1" + ("b" + text(late)) + "\xA1" + ("a" + text(early)) + "\xA1" + ("c" + text("not ours"));
  const auto members = members_in_order(packed, "x");
  ASSERT_EQ(members.size(), 2u);
  EXPECT_EQ(members[0].member, "a");
  EXPECT_EQ(members[0].mark, 30u);
  EXPECT_EQ(members[1].member, "b");
  EXPECT_EQ(members_in_order(packed, "a").size(), 1u);
}

TEST(PresenceReply, TakesNothingFromWhatIsNoList) {
  EXPECT_TRUE(members_in_order("", {}).empty());
  EXPECT_TRUE(members_in_order("\x80", {}).empty());
  EXPECT_TRUE(members_in_order("\xDD\xFF\xFF\xFF\xFF\xA1", {}).empty());
}

}  // namespace
}  // namespace signaling::redis_adapter
