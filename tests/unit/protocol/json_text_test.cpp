#include <gtest/gtest.h>

#include <signaling/protocol/json_text.hpp>

#include "exact_bytes.hpp"

namespace signaling::protocol {
namespace {

constexpr std::size_t npos = std::string_view::npos;
using namespace std::string_view_literals;

bool accepts(std::string_view text, std::uint32_t max_depth = 64) { return is_json(ExactBytes(text).text(), max_depth); }

std::string in_quotes(std::string_view text) {
  std::string out;
  append_json_string(text, out);
  return out;
}

std::string unescaped(std::string_view json_string) {
  std::string out;
  append_unescaped(ExactBytes(json_string).text(), out);
  return out;
}

TEST(IsJson, AcceptsEveryKindOfValue) {
  for (const std::string_view text :
       {"null", "true", "false", "0", "-0", "12", "-1.5", "1e5", "1E+5", "1.25e-30", "\"\"", "\"text\"", "[]", "{}", "[1]",
        "{\"a\":1}", "[[],{},[{}]]", "{\"a\":{\"b\":[1,2,{\"c\":null}]},\"d\":\"e\"}"}) {
    EXPECT_TRUE(accepts(text)) << text;
  }
}

TEST(IsJson, AcceptsBlanksAroundAndBetween) { EXPECT_TRUE(accepts(" \t\r\n[ 1 ,\t2 , { \"a\" :\n3 } , [ ] , { } ] \n")); }

TEST(IsJson, RefusesWhatIsNoJson) {
  for (const std::string_view text : {"",
                                      " ",
                                      "nul",
                                      "nulll",
                                      "True",
                                      "tru",
                                      "fals",
                                      "undefined",
                                      "NaN",
                                      "Infinity",
                                      "-Infinity",
                                      "+1",
                                      "01",
                                      "-",
                                      "-a",
                                      ".5",
                                      "1.",
                                      "1.e5",
                                      "1e",
                                      "1e+",
                                      "0x10",
                                      "1 2",
                                      "00",
                                      "-01",
                                      "[",
                                      "]",
                                      "{",
                                      "}",
                                      "[1",
                                      "[1,",
                                      "[1,]",
                                      "[,1]",
                                      "[,]",
                                      "[1 2]",
                                      "[1}",
                                      "{\"a\":1]",
                                      "{\"a\"}",
                                      "{\"a\":}",
                                      "{\"a\":1,}",
                                      "{,}",
                                      "{a:1}",
                                      "{'a':1}",
                                      "{1:1}",
                                      "{\"a\" 1}",
                                      "{\"a\"::1}",
                                      "{\"a\":1 \"b\":2}",
                                      "[]]",
                                      "{}}",
                                      "\"",
                                      "\"a",
                                      "'a'",
                                      "\"a\"b",
                                      "// comment\n1",
                                      "/**/1",
                                      "[1]x",
                                      "\xEF\xBB\xBF[]",
                                      "\xC2\xA0[]",
                                      "\x0B[]"}) {
    EXPECT_FALSE(accepts(text)) << text;
  }
}

TEST(IsJson, RefusesControlCharactersInStrings) {
  for (int c = 0; c < 0x20; ++c) {
    // At every place of a 16-byte step, an 8-byte step and the rest.
    for (std::size_t before = 0; before < 40; ++before) {
      const std::string text = '"' + std::string(before, 'x') + static_cast<char>(c) + std::string(20, 'y') + '"';
      EXPECT_FALSE(accepts(text)) << c << " after " << before;
    }
  }
  EXPECT_TRUE(accepts("\"\x7F\""));  // DEL is no control character to JSON
}

TEST(IsJson, FindsTheEndOfAStringAtEveryPlace) {
  for (std::size_t before = 0; before < 40; ++before) {
    const std::string inside(before, 'x');
    EXPECT_TRUE(accepts('"' + inside + '"'));
    EXPECT_TRUE(accepts('"' + inside + "\\\"" + inside + '"'));
    EXPECT_TRUE(accepts('"' + inside + "\\\\\""));
    EXPECT_FALSE(accepts('"' + inside + "\\\""));
    EXPECT_FALSE(accepts('"' + inside));
    EXPECT_FALSE(accepts('"' + inside + "\\"));
  }
}

TEST(IsJson, PassesBytesAboveAsciiWithoutJudgingThem) {
  EXPECT_TRUE(accepts("\"\xE2\x80\xA8 \xE2\x80\xA9\""));  // U+2028 and U+2029 are plain characters to JSON
  EXPECT_TRUE(accepts("\"\xF0\x9F\x98\x80\xFF\x80\""));   // UTF-8 is the transport's to check
}

TEST(IsJson, KnowsTheEscapes) {
  EXPECT_TRUE(accepts(R"("\"\\\/\b\f\n\r\t\u0000\u00e9\uABCD\uabcd")"));
  for (const std::string_view text : {R"("\x41")", R"("\a")", R"("\0")", R"("\'")", R"("\U0041")", R"("\u")", R"("\u1")",
                                      R"("\u12")", R"("\u123")", R"("\u123g")", R"("\ug123")", R"("\u-123")", R"("\u 123")"}) {
    EXPECT_FALSE(accepts(text)) << text;
  }
}

TEST(IsJson, LetsLoneSurrogateEscapesPass) {
  EXPECT_TRUE(accepts(R"("\ud800")"));
  EXPECT_TRUE(accepts(R"(["\udc00","\ud83dx","\ud83d\ud83d"])"));
}

TEST(IsJson, KeepsNumbersOfManyDigits) {
  EXPECT_TRUE(accepts(std::string(10'000, '9')));
  EXPECT_TRUE(accepts("-0." + std::string(10'000, '1') + "e-" + std::string(1'000, '7')));
}

TEST(IsJson, TakesHugeStrings) {
  EXPECT_TRUE(accepts('"' + std::string(3'000'000, 'a') + '"'));
  EXPECT_TRUE(accepts('"' + repeat("\\u0041", 200'000) + '"'));
}

TEST(IsJson, StopsAtTheDepthAllowed) {
  for (const std::uint32_t depth : {1u, 2u, 64u, 1024u}) {
    EXPECT_TRUE(accepts(std::string(depth, '[') + std::string(depth, ']'), depth));
    EXPECT_FALSE(accepts(std::string(depth + 1, '[') + std::string(depth + 1, ']'), depth));
    EXPECT_TRUE(accepts(repeat("{\"a\":", depth - 1) + "{}" + std::string(depth - 1, '}'), depth));
    EXPECT_FALSE(accepts(repeat("{\"a\":", depth) + "{}" + std::string(depth, '}'), depth));
  }
  EXPECT_TRUE(accepts("1", 0));
  EXPECT_FALSE(accepts("[]", 0));
}

TEST(IsJson, CountsDepthNotElements) {
  std::string text = "[";
  for (int i = 0; i < 5'000; ++i) text += "[{\"a\":[]}],";
  EXPECT_TRUE(accepts(text + "0]", 4));
  EXPECT_FALSE(accepts(text + "0]", 3));
}

TEST(IsJson, IsNeverDeeperThanItsOwnBound) {
  const std::uint32_t any = 0xFFFFFFFF;
  EXPECT_TRUE(accepts(std::string(1024, '[') + std::string(1024, ']'), any));
  EXPECT_FALSE(accepts(std::string(1025, '[') + std::string(1025, ']'), any));
  EXPECT_FALSE(accepts(std::string(1'000'000, '['), any));
  EXPECT_FALSE(accepts(repeat("[{\"a\":", 100'000), any));
}

TEST(JsonValueEnd, StopsBehindTheValue) {
  EXPECT_EQ(json_value_end("[1,2],3", 0, 64), 5u);
  EXPECT_EQ(json_value_end("[1,2],3", 6, 64), 7u);
  EXPECT_EQ(json_value_end("  true x", 0, 64), 6u);
  EXPECT_EQ(json_value_end("12ab", 0, 64), 2u);  // what follows is the caller's to judge
  EXPECT_EQ(json_value_end("{\"a\":\"}\"}}", 0, 64), 9u);
}

TEST(JsonValueEnd, FindsNothingWhereNothingIs) {
  EXPECT_EQ(json_value_end("", 0, 64), npos);
  EXPECT_EQ(json_value_end("1", 1, 64), npos);
  EXPECT_EQ(json_value_end("1", 2, 64), npos);
  EXPECT_EQ(json_value_end("[1", 0, 64), npos);
  EXPECT_EQ(json_value_end({}, 0, 64), npos);
}

TEST(AppendJsonString, EscapesWhatMustBe) {
  EXPECT_EQ(in_quotes(""), "\"\"");
  EXPECT_EQ(in_quotes("plain"), "\"plain\"");
  EXPECT_EQ(in_quotes("a\"b\\c/d"), R"("a\"b\\c/d")");
  EXPECT_EQ(in_quotes("\b\f\n\r\t"), R"("\b\f\n\r\t")");
  EXPECT_EQ(in_quotes("\0\x01\x1F"sv), R"("\u0000\u0001\u001f")");
  EXPECT_EQ(in_quotes("\x7F"), "\"\x7F\"");
}

TEST(AppendJsonString, LeavesOtherCharactersAsTheyAre) {
  EXPECT_EQ(in_quotes("h\xC3\xA9 \xE2\x80\xA8 \xF0\x9F\x98\x80"), "\"h\xC3\xA9 \xE2\x80\xA8 \xF0\x9F\x98\x80\"");
}

TEST(AppendJsonString, AppendsAndReadsBack) {
  std::string text;
  for (int c = 0; c < 0x80; ++c) text += static_cast<char>(c);
  text += text;
  std::string out = "before ";
  append_json_string(text, out);
  EXPECT_EQ(out.substr(0, 7), "before ");
  const std::string json = out.substr(7);
  EXPECT_TRUE(accepts(json));
  EXPECT_EQ(unescaped(json), text);
}

TEST(AppendUnescaped, UndoesEveryEscape) {
  EXPECT_EQ(unescaped(R"("")"), "");
  EXPECT_EQ(unescaped(R"("a\"b\\c\/d")"), "a\"b\\c/d");
  EXPECT_EQ(unescaped(R"("\b\f\n\r\t")"), "\b\f\n\r\t");
  EXPECT_EQ(unescaped(R"("a\u0000b")"), "a\0b"sv);
  EXPECT_EQ(unescaped(R"("\u0041\u00e9\u00E9\u20ac\uFFFF")"), "A\xC3\xA9\xC3\xA9\xE2\x82\xAC\xEF\xBF\xBF");
  EXPECT_EQ(unescaped("\"\xF0\x9F\x98\x80\""), "\xF0\x9F\x98\x80");
}

TEST(AppendUnescaped, EndsWhereTheTextIsNotValid) {
  EXPECT_EQ(unescaped(R"("ab\")"), "ab");
  EXPECT_EQ(unescaped(R"("ab\u00")"), "ab");
  EXPECT_EQ(unescaped(R"("ab\q")"), "ab");
  EXPECT_EQ(unescaped("\"a\nb\""), "a");
  EXPECT_EQ(unescaped("\""), "");
  EXPECT_EQ(unescaped(""), "");
}

TEST(AppendUnescaped, JoinsSurrogatePairs) {
  EXPECT_EQ(unescaped(R"("\ud83d\ude00")"), "\xF0\x9F\x98\x80");
  EXPECT_EQ(unescaped(R"("\uD800\uDC00")"), "\xF0\x90\x80\x80");
  EXPECT_EQ(unescaped(R"("\uDBFF\uDFFF")"), "\xF4\x8F\xBF\xBF");
}

TEST(AppendUnescaped, ReplacesLoneSurrogates) {
  const std::string lost = "\xEF\xBF\xBD";
  EXPECT_EQ(unescaped(R"("\ud800")"), lost);
  EXPECT_EQ(unescaped(R"("\udc00")"), lost);
  EXPECT_EQ(unescaped(R"("\ud83dx")"), lost + "x");
  EXPECT_EQ(unescaped(R"("\ud83d\n")"), lost + "\n");
  EXPECT_EQ(unescaped(R"("\ud83d\u0041")"), lost + "A");
  EXPECT_EQ(unescaped(R"("\ud83d\ud83d\ude00")"), lost + "\xF0\x9F\x98\x80");
  EXPECT_EQ(unescaped(R"("\ude00\ud83d")"), lost + lost);
}

}  // namespace
}  // namespace signaling::protocol
