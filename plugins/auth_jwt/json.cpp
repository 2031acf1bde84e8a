#include "json.hpp"

#include <utility>

#include <boost/json/parse.hpp>

#include <signaling/plugin_api/json_slice.hpp>

namespace signaling::auth_jwt {

std::optional<boost::json::object> parse_object(std::string_view text) {
  boost::system::error_code error;
  boost::json::parse_options options;
  options.max_depth = 16;
  boost::json::value value = boost::json::parse(boost::json::string_view(text.data(), text.size()), error, {}, options);
  if (error || !value.is_object()) return std::nullopt;
  // The parser keeps the last of two members of the same name: there are fewer than were written.
  std::size_t written = 0;
  const std::size_t begin = text.find('{');
  for (plugin_api::json::Members members(text.substr(begin)); members.next();) ++written;
  if (written != value.get_object().size()) return std::nullopt;
  return std::move(value.get_object());
}

const boost::json::string* find_string(const boost::json::object& object, std::string_view name) {
  const boost::json::value* value = object.if_contains(boost::json::string_view(name.data(), name.size()));
  return value != nullptr ? value->if_string() : nullptr;
}

}  // namespace signaling::auth_jwt
