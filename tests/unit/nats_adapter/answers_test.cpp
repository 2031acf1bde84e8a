#include <nats_adapter/answers.hpp>

#include <gtest/gtest.h>

namespace signaling::nats_adapter {
namespace {

TEST(Answers, OfWrites) {
  const auto ok = parse_written(R"({"stream":"p_presence","seq":4711})");
  EXPECT_EQ(ok.kind, Written::Kind::ok);
  EXPECT_EQ(ok.sequence, 4711U);
  EXPECT_EQ(
      parse_written(
          R"({"error":{"code":400,"err_code":10071,"description":"wrong last sequence: 5"},"stream":"p_presence","seq":0})")
          .kind,
      Written::Kind::conflict);
  EXPECT_EQ(
      parse_written(R"({"error":{"code":503,"err_code":10077,"description":"maximum bytes exceeded"},"stream":"p","seq":0})")
          .kind,
      Written::Kind::full);
  EXPECT_EQ(
      parse_written(R"({"error":{"code":503,"err_code":10008,"description":"JetStream system temporarily unavailable"}})").kind,
      Written::Kind::failed);
  EXPECT_EQ(parse_written("").kind, Written::Kind::failed);
  EXPECT_EQ(parse_written("{").kind, Written::Kind::failed);
}

TEST(Answers, OfReads) {
  const auto found = parse_read(
      R"({"type":"io.nats.jetstream.api.v1.stream_msg_get_response","message":{"subject":"p.p.xcg","seq":9,"data":"AQFyAwAAAA==","time":"2026-01-01T00:00:00Z"}})");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->sequence, 9U);
  EXPECT_EQ(found->room.last_mark, 3U);
  EXPECT_TRUE(found->room.members.empty());
  const auto none = parse_read(R"({"type":"x","error":{"code":404,"err_code":10037,"description":"no message found"}})");
  ASSERT_TRUE(none);
  EXPECT_EQ(none->sequence, 0U);
  EXPECT_FALSE(parse_read(R"({"error":{"code":503,"description":"x"}})"));
  EXPECT_FALSE(parse_read(R"({"message":{"seq":9,"data":"%%%%"}})"));
  EXPECT_FALSE(parse_read(R"({"message":{"seq":9,"data":"AQFy"}})"));
  EXPECT_FALSE(parse_read(""));
}

TEST(Answers, Base64OfEveryLength) {
  EXPECT_EQ(decode_base64(""), "");
  EXPECT_EQ(decode_base64("Zg=="), "f");
  EXPECT_EQ(decode_base64("Zm8="), "fo");
  EXPECT_EQ(decode_base64("Zm9v"), "foo");
  EXPECT_EQ(decode_base64("+/8A"), std::string("\xfb\xff\0", 3));
  EXPECT_FALSE(decode_base64("Zg"));
  EXPECT_FALSE(decode_base64("Z-9v"));
}

TEST(Answers, PlaceOfADeliveredMessageByOldAndNewServers) {
  const auto old = parse_delivery("$JS.ACK.stream.consumer.1.42.7.1700000000000000000.3");
  ASSERT_TRUE(old);
  EXPECT_EQ(old->sequence, 42U);
  EXPECT_EQ(old->consumer_sequence, 7U);
  EXPECT_EQ(old->pending, 3U);
  const auto later = parse_delivery("$JS.ACK.domain.account.stream.consumer.1.42.7.1700000000000000000.3.token");
  ASSERT_TRUE(later);
  EXPECT_EQ(later->sequence, 42U);
  EXPECT_EQ(later->pending, 3U);
  EXPECT_FALSE(parse_delivery(""));
  EXPECT_FALSE(parse_delivery("$JS.FC.stream.consumer.x"));
  EXPECT_FALSE(parse_delivery("$JS.ACK.stream.consumer.1.x.7.1.3"));
}

}  // namespace
}  // namespace signaling::nats_adapter
