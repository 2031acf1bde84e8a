#include "event_text.hpp"

#include <stdexcept>

#include <signaling/protocol/json_text.hpp>

namespace signaling::testing {

namespace {
constexpr std::string_view blanks = " \t\r\n";
}

std::string join_event(std::string_view name, std::string_view args) {
  std::string text = "[";
  protocol::append_json_string(name, text);
  if (!args.empty()) text.append(",").append(args);
  text += ']';
  return text;
}

EventText split_event(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(blanks, text.find('[') + 1);
  const std::size_t end = begin < text.size() && text[begin] == '"' ? protocol::json_value_end(text, begin, 64) : text.npos;
  if (end == text.npos) throw std::logic_error("no event's name: " + std::string(text));
  EventText parts;
  protocol::append_unescaped(text.substr(begin, end - begin), parts.name);
  const std::size_t comma = text.find_first_not_of(blanks, end);
  if (comma != text.npos && text[comma] == ',') parts.args = text.substr(comma + 1, text.rfind(']') - comma - 1);
  return parts;
}

}  // namespace signaling::testing
