#include "deflate.hpp"

#include <string>

#include <gtest/gtest.h>

#include "failure.hpp"

namespace signaling::bench_load {
namespace {

TEST(Deflate, MessagesOfEveryLengthComeBackOneAfterTheOther) {
  Deflater deflater;
  Inflater inflater;
  for (const std::size_t size : {1U, 100U, 1024U, 5000U, 300'000U}) {
    std::string message(size, ' ');
    for (std::size_t i = 0; i < size; ++i) message[i] = static_cast<char>('a' + i * i % 23);
    EXPECT_EQ(inflater.inflate(deflater.deflate(message)), message) << size;
  }
}

TEST(Deflate, IsShorterThanWhatRepeatsItselfAndHasNoFlushMark) {
  Deflater deflater;
  const std::string_view deflated = deflater.deflate(std::string(2000, 'x'));
  EXPECT_LT(deflated.size(), 100U);
  EXPECT_FALSE(deflated.ends_with(std::string_view("\0\0\xFF\xFF", 4)));
}

TEST(Inflate, KnowsTheWindowOfEarlierMessages) {
  // "Hello" twice, the second time by reference into the first message: RFC 7692, 7.2.3.2.
  Inflater inflater;
  EXPECT_EQ(inflater.inflate(std::string_view("\xF2\x48\xCD\xC9\xC9\x07\x00", 7)), "Hello");
  EXPECT_EQ(inflater.inflate(std::string_view("\xF2\x00\x11\x00\x00", 5)), "Hello");
}

TEST(Inflate, RefusesWhatIsBroken) {
  Inflater inflater;
  EXPECT_THROW(inflater.inflate("\xFF\xFF\xFF\xFF"), Failure);
}

}  // namespace
}  // namespace signaling::bench_load
