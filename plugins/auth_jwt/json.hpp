#pragma once
// JSON that nobody has checked yet: headers and claims of tokens, key sets, bodies of calls.

#include <optional>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

namespace signaling::auth_jwt {

/// One JSON object and nothing else, at most 16 deep, in valid UTF-8, no member of it named twice (RFC 7515 §4: two parsers may
/// not see two things). nullopt otherwise. Pure; throws nothing but std::bad_alloc.
std::optional<boost::json::object> parse_object(std::string_view text);

/// Member of that name where it is a string; nullptr otherwise.
const boost::json::string* find_string(const boost::json::object& object, std::string_view name);

inline std::string_view view(const boost::json::string& text) { return {text.data(), text.size()}; }

}  // namespace signaling::auth_jwt
