#include <nats_adapter/envelope.hpp>
#include <nats_adapter/wire.hpp>

#include <gtest/gtest.h>

namespace signaling::nats_adapter {
namespace {

TEST(Envelope, MessageComesBackAsItWas) {
  const std::string body("\0\xff body", 7);
  const std::string bytes = encode_message("AAAA", body);
  const auto message = decode_message(bytes);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->from_tag, "AAAA");
  EXPECT_EQ(message->body, body);
  EXPECT_EQ(bytes.size(), body.size() + envelope_overhead);
}

TEST(Envelope, MessagesOfOtherVersionsAndPartsOfMessagesAreNotTaken) {
  std::string bytes = encode_message("AAAA", "body");
  EXPECT_FALSE(decode_message(std::string_view(bytes).substr(0, 4)));
  EXPECT_FALSE(decode_message(""));
  bytes[0] = 2;
  EXPECT_FALSE(decode_message(bytes));
}

TEST(Envelope, BeatComesBackAsItWas) {
  const Beat beat{Beat::Kind::hello, {"AAAA", ~std::uint64_t{0}}, {"name", "1.2.3", "a b"}, 1'700'000'000'000'000'000, 300};
  const auto read = decode_beat(encode_beat(beat));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->kind, beat.kind);
  EXPECT_EQ(read->node, beat.node);
  EXPECT_EQ(read->description, beat.description);
  EXPECT_EQ(read->epoch, beat.epoch);
  EXPECT_EQ(read->restored, beat.restored);
}

TEST(Envelope, NoPartOfABeatIsABeat) {
  const std::string bytes = encode_beat({Beat::Kind::beat, {"AAAA", 7}, {"name", "1", "x"}, 5, 6});
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(decode_beat(std::string_view(bytes).substr(0, size))) << size;
}

TEST(Envelope, NumbersOfAnySizeAndNothingBehindTheEnd) {
  for (const std::uint64_t number : {std::uint64_t{0}, std::uint64_t{127}, std::uint64_t{128}, ~std::uint64_t{0}}) {
    Writer out;
    out.number(number);
    const std::string bytes = out.take();
    Reader in(bytes);
    EXPECT_EQ(in.number(), number);
    EXPECT_TRUE(in.is_good());
    EXPECT_EQ(in.number(), 0U);
    EXPECT_FALSE(in.is_good());
  }
  Reader endless("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff");
  endless.number();
  EXPECT_FALSE(endless.is_good());
  Reader longer(
      "\x05"
      "ab");
  EXPECT_EQ(longer.text(), "");
  EXPECT_FALSE(longer.is_good());
}

}  // namespace
}  // namespace signaling::nats_adapter
