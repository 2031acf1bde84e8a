#pragma once
// The text of an event, `["name",arg…]`, taken apart and put together.

#include <string>
#include <string_view>

namespace signaling::testing {

struct EventText {
  std::string name;  ///< decoded
  std::string args;  ///< without brackets
};

std::string join_event(std::string_view name, std::string_view args);
/// `text` is valid JSON, an array whose first element is a string. Throws std::logic_error where it has no name.
EventText split_event(std::string_view text);

}  // namespace signaling::testing
