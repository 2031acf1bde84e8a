// What one PUBLISH carries.

#include <redis_adapter/envelope.hpp>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace signaling::redis_adapter {
namespace {

std::string encoded(const std::vector<std::string_view>& items, EnvelopeKind kind = EnvelopeKind::bodies) {
  return encode_envelope("AAAA", 1'700'000'000'000'000, 7, kind, items);
}

TEST(Envelope, GivesBackWhatWasPutIntoIt) {
  const std::string every("\0\xFF{}\n", 5);
  const std::string bytes = encoded({"one", "", every});
  Envelope envelope;
  ASSERT_EQ(decode_envelope(bytes, envelope), EnvelopeFault::none);
  EXPECT_EQ(envelope.from_tag, "AAAA");
  EXPECT_EQ(envelope.sent_us, 1'700'000'000'000'000);
  EXPECT_EQ(envelope.sequence, 7u);
  EXPECT_EQ(envelope.kind, EnvelopeKind::bodies);
  EXPECT_EQ(envelope.items, (std::vector<std::string_view>{"one", "", every}));
}

TEST(Envelope, IsRefusedWhereverItIsCutOff) {
  const std::string bytes = encoded({"one", "two"});
  Envelope envelope;
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_NE(decode_envelope(std::string_view(bytes).substr(0, size), envelope), EnvelopeFault::none) << size;
  }
  EXPECT_EQ(decode_envelope(bytes + "x", envelope), EnvelopeFault::malformed);
}

TEST(Envelope, ReservesNothingForACountThatLies) {
  std::string bytes = encoded({});
  bytes.replace(bytes.size() - 4, 4, "\xFF\xFF\xFF\xFF");
  Envelope envelope;
  EXPECT_EQ(decode_envelope(bytes, envelope), EnvelopeFault::malformed);
}

TEST(Envelope, OfAnotherReleaseIsTold) {
  std::string bytes = encoded({"x"});
  bytes[1] = 2;  // behind the byte that tells the byte order
  Envelope envelope;
  EXPECT_EQ(decode_envelope(bytes, envelope), EnvelopeFault::version);
  EXPECT_EQ(decode_envelope(encoded({"x"}, static_cast<EnvelopeKind>(99)), envelope), EnvelopeFault::kind);
}

TEST(Envelope, HoldsNumbersInItsItems) {
  EXPECT_EQ(decode_number(encode_number(0)), 0u);
  EXPECT_EQ(decode_number(encode_number(~std::uint64_t{0})), ~std::uint64_t{0});
  EXPECT_EQ(decode_number(encode_number(258) + "more"), 258u);
  EXPECT_EQ(decode_number("short"), 0u);
}

}  // namespace
}  // namespace signaling::redis_adapter
