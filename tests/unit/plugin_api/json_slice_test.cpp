#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include <signaling/plugin_api/json_slice.hpp>

namespace signaling::plugin_api::json {
namespace {

using std::string_view_literals::operator""sv;

std::vector<std::string_view> values_of(std::string_view list) {
  std::vector<std::string_view> values;
  for (Elements elements(list); elements.next();) values.push_back(elements.value());
  return values;
}

TEST(JsonType, IsToldByTheFirstCharacter) {
  EXPECT_EQ(type_of(R"({"a":1})"), Type::object);
  EXPECT_EQ(type_of("[1]"), Type::array);
  EXPECT_EQ(type_of(R"("x")"), Type::string);
  EXPECT_EQ(type_of("-1.5e3"), Type::number);
  EXPECT_EQ(type_of("true"), Type::boolean);
  EXPECT_EQ(type_of("false"), Type::boolean);
  EXPECT_EQ(type_of("null"), Type::null);
}

TEST(JsonFind, GivesTheRawSliceOfAMember) {
  const std::string_view object = R"( {"a" : 1.50, "b":{"c":[1,{"d":"}]"}]} ,"e":"x\"y\\", "f":null })";
  // Blanks around the object belong to no slice; find() is given slices.
  const std::string_view slice = object.substr(1);
  EXPECT_EQ(find(slice, "a"), "1.50");
  EXPECT_EQ(find(slice, "b"), R"({"c":[1,{"d":"}]"}]})");
  EXPECT_EQ(find(slice, "e"), R"("x\"y\\")");
  EXPECT_EQ(find(slice, "f"), "null");
  EXPECT_TRUE(find(slice, "g").empty());
  EXPECT_TRUE(find("{}", "a").empty());
}

TEST(JsonFind, TakesTheLastOfDuplicateKeys) { EXPECT_EQ(find(R"({"a":1,"b":2,"a":3})", "a"), "3"); }

TEST(JsonFind, ComparesDecodedKeys) {
  EXPECT_EQ(find(R"({"\u0072oom":"x"})", "room"), R"("x")");
  EXPECT_EQ(find(R"({"room\n":"x"})", "room\n"), R"("x")");
  EXPECT_TRUE(find(R"({"room\n":"x"})", "room").empty());
  EXPECT_TRUE(find(R"({"ro\u006f":"x"})", "room").empty());
}

TEST(JsonFind, DoesNotLookIntoNestedObjects) {
  EXPECT_TRUE(find(R"({"a":{"room":1},"b":["room",{"room":2}]})", "room").empty());
}

TEST(JsonMembers, KeepOrderAndText) {
  std::vector<std::string_view> texts;
  for (Members members(R"({"a":1 , "b" :  [2] ,"c":"x"})"); members.next();) texts.push_back(members.text());
  EXPECT_EQ(texts, (std::vector{R"("a":1)"sv, R"("b" :  [2])"sv, R"("c":"x")"sv}));
}

TEST(JsonMembers, LeaveWhatStandsBehindTheObject) {
  Members members(R"({"a":{"b":1} } , 2)");
  EXPECT_TRUE(members.next());
  EXPECT_FALSE(members.next());
  EXPECT_EQ(members.object(), R"({"a":{"b":1} })");
  EXPECT_EQ(members.rest(), ", 2");

  Members empty("{ }");
  EXPECT_FALSE(empty.next());
  EXPECT_EQ(empty.object(), "{ }");
  EXPECT_EQ(empty.rest(), "");
  EXPECT_FALSE(Members("").next());
}

TEST(JsonElements, WalkAListWithoutBrackets) {
  EXPECT_EQ(values_of(R"({"a":[1,2]} , "x,y" ,[3,[4]],5,null)"),
            (std::vector{R"({"a":[1,2]})"sv, R"("x,y")"sv, "[3,[4]]"sv, "5"sv, "null"sv}));
  EXPECT_TRUE(values_of("").empty());
  EXPECT_TRUE(values_of("  ").empty());
}

TEST(JsonElements, WalkAnArray) {
  std::vector<std::string_view> values;
  for (auto elements = Elements::of("[ 1, 2 ]"); elements.next();) values.push_back(elements.value());
  EXPECT_EQ(values, (std::vector{"1"sv, "2"sv}));
  EXPECT_FALSE(Elements::of("[]").next());
}

TEST(JsonDecode, GivesAViewOfTheSliceWhereNothingIsEscaped) {
  std::string buffer = "untouched";
  const std::string_view slice = R"("héllo")";
  const std::string_view text = decode(slice, buffer);
  EXPECT_EQ(text, "héllo");
  EXPECT_EQ(text.data(), slice.data() + 1);
  EXPECT_EQ(buffer, "untouched");
}

TEST(JsonDecode, UnderstandsEveryEscape) {
  std::string buffer;
  EXPECT_EQ(decode(R"("a\"b\\c\/d\b\f\n\r\t")", buffer), "a\"b\\c/d\b\f\n\r\t");
  EXPECT_EQ(decode(R"("\u0000")", buffer), "\0"sv);
  EXPECT_EQ(decode(R"("\u00e9\u20AC")", buffer), "é€");
  EXPECT_EQ(decode(R"("\ud83d\ude00!")", buffer), "😀!");
}

TEST(JsonDecode, ReplacesLoneSurrogates) {
  std::string buffer;
  EXPECT_EQ(decode(R"("\ud83d")", buffer), "\xEF\xBF\xBD");
  EXPECT_EQ(decode(R"("\ude00\ud83d")", buffer), "\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(decode(R"("\ud83d\u0041")", buffer),
            "\xEF\xBF\xBD"
            "A");
}

TEST(JsonStringIs, ComparesWithoutDecodingToMemory) {
  EXPECT_TRUE(string_is(R"("\u0061b\ud83d\ude00")", "ab😀"));
  EXPECT_FALSE(string_is(R"("\u0061b")", "abc"));
  EXPECT_FALSE(string_is(R"("\u0061bc")", "ab"));
  EXPECT_TRUE(string_is(R"("")", ""));
  EXPECT_TRUE(string_is(R"("ab")", "ab"));
  EXPECT_FALSE(string_is(R"("ab")", "abc"));
  EXPECT_FALSE(string_is(R"("abc")", "ab"));
  EXPECT_FALSE(string_is(R"("a\n")", R"(a\n)"));  // the same characters, but there they stand for fewer
}

TEST(JsonInteger, TakesIntegersThatFitAlone) {
  EXPECT_EQ(integer("42"), 42);
  EXPECT_EQ(integer("-7"), -7);
  EXPECT_EQ(integer("1.0"), std::nullopt);
  EXPECT_EQ(integer("1e3"), std::nullopt);
  EXPECT_EQ(integer("99999999999999999999"), std::nullopt);
  EXPECT_EQ(integer(R"("1")"), std::nullopt);
  EXPECT_EQ(integer(""), std::nullopt);
}

TEST(JsonBoolean, IsTrueForTrueAlone) {
  EXPECT_TRUE(boolean("true"));
  EXPECT_FALSE(boolean("false"));
  EXPECT_FALSE(boolean("1"));
  EXPECT_FALSE(boolean(R"("true")"));
}

/// A value of what makes ends hard to find: brackets, quotes and backslashes in strings, everything nested.
std::string hard_value(std::mt19937& random, int depth) {
  const auto below = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
  const unsigned kind = depth == 0 ? below(3) : below(5);
  if (kind == 0) return "-12.5e3";
  if (kind < 3) {
    static constexpr std::string_view pieces[] = {"\\\\", "\\\"", "{",       "[", "]",
                                                  "}",    ",",    "\\u005c", " ", "text that goes on for a while"};
    std::string text = "\"";
    for (unsigned i = below(30); i > 0; --i) text += pieces[below(std::size(pieces))];
    return text + '"';
  }
  std::string text(1, kind == 3 ? '[' : '{');
  for (unsigned i = below(8); i > 0; --i) {
    if (kind == 4) text += R"("k\\":)";
    text += hard_value(random, depth - 1);
    if (i > 1) text += ", ";
  }
  return text + (kind == 3 ? ']' : '}');
}

TEST(JsonSlices, FindTheEndOfLongValues) {
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    std::vector<std::string> values;
    std::string list;
    for (int i = 0; i < 5; ++i) {
      values.push_back(hard_value(random, 6));
      list += (i == 0 ? "" : ",") + values.back();
    }
    EXPECT_EQ(values_of(list), std::vector<std::string_view>(values.begin(), values.end()));
    const std::string array = "[" + list + "]";
    EXPECT_EQ(values_of(array + ",1"), (std::vector<std::string_view>{array, "1"}));
  }
}

TEST(JsonSlices, FindTheEndWhereverABlockBegins) {
  // Every byte of the hard part stands once at every place of a block.
  const std::string hard = R"(["a\\\\\"]","\\",{"}":"\"{"}])";
  for (std::size_t blanks = 256; blanks < 256 + 128; ++blanks) {
    const std::string array = "[" + std::string(blanks, ' ') + hard + "]";
    EXPECT_EQ(values_of(array + "," + hard), (std::vector<std::string_view>{array, hard})) << blanks;
  }
}

TEST(JsonSlices, FindTheEndBehindLongStringsWhereverTheyBegin) {
  // Strings whose ends stand at each place of a block, so that blocks that begin at one end of them are no use for the next.
  std::string array = "[";
  for (std::size_t i = 0; i < 130; ++i) array += '"' + std::string(64 * 8 - 2, i % 2 == 0 ? ']' : 'x') + "\",";
  array += '"' + std::string(100'000, ']') + "\"]";
  EXPECT_EQ(values_of(array + ",1"), (std::vector<std::string_view>{array, "1"}));
}

TEST(JsonSlices, NeverLeaveATextThatIsCutShort) {
  // Not valid JSON: any answer is right that reads nothing outside (the address sanitizer watches).
  const std::string end = R"("room":"a\"\\","n":[1,{"x":"\ud83d\ude00"}],"last":true})";
  const std::string whole = "{" + end + ",[" + std::string(256, ' ') + "{" + end + ",{" + end + "]";
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const std::vector<char> exact(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    const std::string_view cut(exact.data(), exact.size());
    std::string buffer;
    for (Members members(cut); members.next();) {
      decode(members.key(), buffer);
      decode(members.value(), buffer);
      decode(members.text(), buffer);
    }
    Members members(cut);
    while (members.next()) continue;
    decode(members.object(), buffer);
    decode(members.rest(), buffer);
    for (Elements elements(cut); elements.next();) decode(elements.value(), buffer);
  }
}

}  // namespace
}  // namespace signaling::plugin_api::json
