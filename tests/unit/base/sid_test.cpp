#include <set>
#include <unordered_set>

#include <gtest/gtest.h>

#include <signaling/base/sid.hpp>

namespace signaling::base {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

TEST(SidSource, MakesTwentyBase64urlCharacters) {
  SidSource source({1, 2, 3}, 4);
  for (int i = 0; i < 200; ++i) {
    const Sid sid = source.next();
    EXPECT_EQ(sid.view().size(), sid_length);
    EXPECT_EQ(sid.view().find_first_not_of(alphabet), std::string_view::npos);
  }
}

TEST(SidSource, MakesNoIdTwice) {
  SidSource source({0, 0, 0}, 0);
  std::set<std::string> seen;  // more ids than one block of random bytes holds
  for (int i = 0; i < 1'000; ++i) EXPECT_TRUE(seen.emplace(source.next().view()).second);
}

TEST(SidSource, MakesIdsThatOnlyShareTagAndLoop) {
  SidSource a({9, 9, 9}, 7);
  SidSource b({9, 9, 9}, 7);
  const Sid first = a.next();
  const Sid second = b.next();
  EXPECT_EQ(first.view().substr(0, 5), second.view().substr(0, 5));
  EXPECT_NE(first, second);
}

TEST(Sid, CarriesTheLoopThatMadeIt) {
  for (int loop = 0; loop < 256; ++loop) {
    SidSource source({0xFF, 0x00, 0xA5}, static_cast<std::uint8_t>(loop));
    for (int i = 0; i < 8; ++i) {  // whatever the random bits beside it
      const Sid sid = source.next();
      EXPECT_EQ(sid.loop(), loop);
      EXPECT_EQ(Sid::parse(sid.view())->loop(), loop);
    }
  }
}

TEST(Sid, CarriesTheNodeTag) {
  const std::array<std::uint8_t, 3> tag = {0xFB, 0xEF, 0xBE};
  EXPECT_EQ(node_tag_text(tag), "----");
  EXPECT_EQ(node_tag_text({0, 0, 0}), "AAAA");
  EXPECT_EQ(node_tag_text({0xFF, 0xFF, 0xFF}), "____");
  EXPECT_EQ(node_tag_text({1, 2, 3}), "AQID");
  SidSource source(tag, 1);
  EXPECT_EQ(source.next().node_tag(), "----");
}

TEST(Sid, ParsesWhatItWrites) {
  SidSource source(random_node_tag(), 200);
  const Sid sid = source.next();
  const std::optional<Sid> parsed = Sid::parse(sid.view());
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(*parsed, sid);
  EXPECT_EQ(parsed->node_tag(), sid.node_tag());
}

TEST(Sid, ParsesEveryCharacterOfTheAlphabet) {
  for (const char c : alphabet) EXPECT_TRUE(Sid::parse(std::string(sid_length, c)).has_value()) << c;
}

TEST(Sid, RefusesWhatIsNoId) {
  EXPECT_FALSE(Sid::parse("").has_value());
  EXPECT_FALSE(Sid::parse(std::string(sid_length - 1, 'A')).has_value());
  EXPECT_FALSE(Sid::parse(std::string(sid_length + 1, 'A')).has_value());
  for (int c = 0; c < 256; ++c) {
    const char character = static_cast<char>(c);
    if (alphabet.find(character) != std::string_view::npos) continue;
    for (const std::size_t at : {std::size_t{0}, std::size_t{10}, sid_length - 1}) {
      std::string text(sid_length, 'A');
      text[at] = character;
      EXPECT_FALSE(Sid::parse(text).has_value()) << c << " at " << at;
    }
  }
}

TEST(RandomNodeTag, Differs) {
  std::set<std::string> tags;
  for (int i = 0; i < 20; ++i) tags.insert(node_tag_text(random_node_tag()));
  EXPECT_GT(tags.size(), 18u);
}

TEST(SidHash, FindsIdsByTheirText) {
  SidSource source({1, 2, 3}, 0);
  std::unordered_set<Sid, SidHash, SidEqual> ids;
  std::vector<std::string> texts;
  for (int i = 0; i < 100; ++i) {
    const Sid sid = source.next();
    ids.insert(sid);
    texts.emplace_back(sid.view());
  }
  for (const std::string& text : texts) EXPECT_NE(ids.find(std::string_view(text)), ids.end());
  EXPECT_EQ(ids.find(std::string_view("short")), ids.end());
  EXPECT_EQ(ids.find(std::string_view("AAAAAAAAAAAAAAAAAAAA")), ids.end());
}

TEST(SidHash, SpreadsIdsOfOneLoop) {
  SidSource source({1, 2, 3}, 0);
  std::unordered_set<std::size_t> low_bits;
  for (int i = 0; i < 4'096; ++i) low_bits.insert(SidHash{}(source.next()) & 4'095);
  EXPECT_GT(low_bits.size(), 2'400u);  // 63 % of the buckets is what chance fills
}

}  // namespace
}  // namespace signaling::base
