#include <chrono>
#include <cstdint>
#include <limits>
#include <string>

#include <gtest/gtest.h>

#include <signaling/plugin_api/text.hpp>
#include <signaling/plugin_api/values.hpp>

namespace signaling::plugin_api {
namespace {

using namespace std::chrono_literals;

TEST(Text, IsMadeOfPieces) {
  EXPECT_EQ(text_of("room ", std::string("a"), ' ', std::string_view("b"), ": ", 7, ", ", true, ", ", 250ms, ", ", 2s),
            "room a b: 7, true, 250ms, 2000ms");
}

TEST(Text, TakesNumbersOfEverySize) {
  EXPECT_EQ(text_of(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
  EXPECT_EQ(text_of(std::numeric_limits<std::uint64_t>::max()), "18446744073709551615");
  EXPECT_EQ(text_of(std::uint8_t{200}), "200") << "a small number, not a character";
  EXPECT_EQ(text_of(0.1, ' ', 2.5F), "0.1 2.5");
}

TEST(Text, TakesWhatHasAName) { EXPECT_EQ(text_of(Status::too_many), "too-many"); }

TEST(Text, AsksFunctions) {
  EXPECT_EQ(text_of([] { return 3; }, [] { return std::string("x"); }), "3x");
}

}  // namespace
}  // namespace signaling::plugin_api
