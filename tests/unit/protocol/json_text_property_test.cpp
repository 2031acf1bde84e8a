// The scanner against Boost.JSON: both accept the same texts, whole, cut and damaged.

#include <random>

#include <boost/json/parser.hpp>
#include <gtest/gtest.h>

#include <signaling/protocol/engine_payload.hpp>
#include <signaling/protocol/json_text.hpp>

#include "exact_bytes.hpp"

namespace signaling::protocol {
namespace {

constexpr std::uint32_t max_depth = 20;

const std::vector<std::string> documents = {
    R"({"sid":"lv_VI97HAXpY6yYWAAAC","upgrades":["websocket"],"pingInterval":25000,"maxPayload":1000000})",
    R"(["signal",{"to":"aaaaaaaaaaaaaaaaaaaa","data":{"type":"offer","sdp":"v=0\r\no=- 46117317 2 IN IP4 127.0.0.1\r\n"}}])",
    R"([-0.5e+10, 1E-2, 0, 12345678901234567890, [[[[]]]], {"":{}}, true, false, null, "\\\"\/\b\f\n\r\t"])",
    R"( { "a" : [ 1 , 2 , { "b" : null } ] , "c" : "d e f g h i j k l m n o p q r s t u v w x y z" } )",
    "\"\\u0041\\u00e9 \xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80\"",
    R"([[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]])",
};

enum class Verdict { refused, accepted, unsure };

Verdict boost_verdict(std::string_view text) {
  if (!is_utf8(text)) return Verdict::unsure;  // which Boost.JSON checks, and the scanner leaves to the transports
  boost::json::parse_options options;
  options.max_depth = max_depth;
  boost::json::parser parser(boost::json::storage_ptr(), options);
  boost::system::error_code error;
  parser.write(text.data(), text.size(), error);
  if (!error) return Verdict::accepted;
  // Boost.JSON makes values of it: it refuses lone surrogates, and exponents beyond its range, which are valid text.
  const bool makes_values = error == boost::json::error::exponent_overflow ||
                            error == boost::json::error::illegal_leading_surrogate ||
                            error == boost::json::error::illegal_trailing_surrogate ||
                            error == boost::json::error::expected_utf16_escape || error == boost::json::error::syntax;
  const bool has_escape = text.find("\\u") != std::string_view::npos;
  if (error == boost::json::error::exponent_overflow || (makes_values && has_escape)) return Verdict::unsure;
  return Verdict::refused;
}

void expect_agreement(std::string_view text) {
  const Verdict verdict = boost_verdict(text);
  if (verdict == Verdict::unsure) return;
  EXPECT_EQ(is_json(ExactBytes(text).text(), max_depth), verdict == Verdict::accepted) << text;
}

TEST(IsJsonProperty, AgreesWithBoostJsonOnWholeTexts) {
  for (const std::string& document : documents) {
    EXPECT_EQ(boost_verdict(document), Verdict::accepted) << document;
    EXPECT_TRUE(is_json(document, max_depth)) << document;
  }
}

TEST(IsJsonProperty, AcceptsNoTruncatedText) {
  for (const std::string& document : documents) {
    const std::size_t end = document.find_last_not_of(' ') + 1;
    for (std::size_t size = 0; size < end; ++size) {
      EXPECT_FALSE(is_json(ExactBytes(document.substr(0, size)).text(), max_depth)) << document.substr(0, size);
    }
  }
}

TEST(IsJsonProperty, AgreesWithBoostJsonOnDamagedTexts) {
  constexpr std::string_view replacements = "\"\\{}[]:,0129.eE+-truefalsn \t\nau\x01x";
  std::mt19937 random(20240229);
  const auto below = [&random](std::size_t bound) { return random() % bound; };
  for (int round = 0; round < 20'000; ++round) {
    std::string text = documents[below(documents.size())];
    for (std::size_t changes = 1 + below(3); changes > 0; --changes) {
      const std::size_t at = below(text.size());
      const char c = replacements[below(replacements.size())];
      switch (below(3)) {
        case 0: text[at] = c; break;
        case 1: text.insert(at, 1, c); break;
        default: text.erase(at, 1); break;
      }
      if (text.empty()) break;
    }
    expect_agreement(text);
  }
}

TEST(JsonStringProperty, EscapingAndUnescapingAreInverse) {
  std::mt19937 random(7);
  for (int round = 0; round < 5'000; ++round) {
    std::string text;
    for (std::size_t size = random() % 70; size > 0; --size) {
      text += random() % 4 == 0 ? static_cast<char>(random() % 0x20) : "\"\\/aZ\x7F\xC3"[random() % 7];
    }
    std::string json;
    append_json_string(text, json);
    ASSERT_TRUE(is_json(json, 0));
    std::string back;
    append_unescaped(json, back);
    ASSERT_EQ(back, text);
  }
}

}  // namespace
}  // namespace signaling::protocol
