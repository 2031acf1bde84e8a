#include "odd_input.hpp"

#include <algorithm>

namespace signaling::plugin_check {

namespace {

constexpr std::size_t many = 1'000;
constexpr std::size_t huge_bytes = 900'000;  // below the server's default bound of a payload
constexpr std::size_t depth = 60;            // below the server's default bound

std::string repeated(const std::string& text, std::size_t count) {
  std::string all;
  all.reserve(text.size() * count);
  for (std::size_t i = 0; i < count; ++i) all += text;
  return all;
}

std::string placeholder(std::size_t number) { return R"({"_placeholder":true,"num":)" + std::to_string(number) + "}"; }

struct Arguments {
  std::string what;
  std::string args;
  std::vector<std::string> attachments = {};
};

std::vector<Arguments> odd_arguments() {
  std::vector<Arguments> all{
      {"no arguments", ""},
      {"null", "null"},
      {"true", "true"},
      {"a number", "1"},
      {"a number beyond double", "1e999"},
      {"a negative number beyond 64 bits", "-99999999999999999999999999"},
      {"empty text", "\"\""},
      {"text with a zero", R"("a\u0000b")"},
      {"a lone surrogate", R"("\ud800")"},
      {"text in other letters", "\"\xc3\xa9\xf0\x9f\x98\x80\""},
      {"an empty array", "[]"},
      {"an empty object", "{}"},
      {"an object with an empty key", R"({"":1})"},
      {"an object with a key twice", R"({"a":1,"a":2})"},
      {"keys of prototypes", R"({"__proto__":{"x":1},"constructor":null,"toString":1})"},
      {"blanks everywhere", " { \"a\" :\t[ 1 ,\n2 ] } "},
      {"deep arrays", repeated("[", depth) + repeated("]", depth)},
      {"deep objects", repeated(R"({"a":)", depth) + "1" + repeated("}", depth)},
      {"many arguments", "0" + repeated(",0", many)},
      {"huge text", "\"" + std::string(huge_bytes, 'x') + "\""},
      {"a huge array", "[0" + repeated(",0", huge_bytes / 2) + "]"},
      {"an attachment", placeholder(0), {std::string("\0\xff\x80", 3)}},
      {"an empty attachment", placeholder(0), {""}},
      {"one attachment named twice", "[" + placeholder(0) + "," + placeholder(0) + "]", {"bytes"}},
      {"a placeholder's look without attachments", R"({"_placeholder":false,"num":0})"},
  };
  Arguments ten{"ten attachments, one huge", ""};
  for (std::size_t i = 0; i < 10; ++i) {
    ten.args += (i == 0 ? "" : ",") + placeholder(i);
    ten.attachments.emplace_back(i == 0 ? huge_bytes : i, 'b');
  }
  all.push_back(ten);
  return all;
}

}  // namespace

std::vector<std::string> odd_names(const std::vector<std::string>& known) {
  std::vector<std::string> names(known.begin(),
                                 known.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(known.size(), 32)));
  for (const std::string& name :
       {std::string("message"), std::string(), std::string("nobody handles this"), std::string("1"), std::string("__proto__"),
        std::string("a\0b", 3), std::string("\xf0\x9f\x98\x80"), std::string("\"quoted\\\n"), std::string(256, 'n')})
    names.push_back(name);
  return names;
}

std::vector<OddEvent> odd_events(const std::vector<std::string>& names) {
  const std::vector<Arguments> all = odd_arguments();
  std::vector<OddEvent> events;
  for (const std::string& name : names) {
    for (const Arguments& arguments : all) {
      events.push_back({"event \"" + name + "\" with " + arguments.what, name, arguments.args, arguments.attachments});
    }
  }
  return events;
}

std::vector<std::string> odd_auths() {
  return {"{}",
          R"({"token":""})",
          R"({"token":null})",
          R"({"token":1})",
          R"({"token":{"token":["x"]}})",
          R"({"token":"a.b.c"})",
          R"({"":""})",
          R"({"__proto__":1})",
          R"({"a":)" + repeated("[", depth) + repeated("]", depth) + "}",
          R"({"token":")" + std::string(16'000, 'x') + "\"}"};
}

}  // namespace signaling::plugin_check
