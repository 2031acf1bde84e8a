#include "claims.hpp"

#include <string>

#include <signaling/plugin_api/json_slice.hpp>

namespace signaling::webrtc_signaling {

namespace json = plugin_api::json;

namespace {

/// Whether a string of the claim's list satisfies `accepts`; true where the claim is missing.
template <class Accepts>
bool is_allowed(std::string_view claims, std::string_view claim, Accepts accepts) {
  if (claims.empty()) return true;
  const std::string_view list = json::find(claims, claim);
  if (list.empty()) return true;
  if (json::type_of(list) != json::Type::array) return false;
  for (auto elements = json::Elements::of(list); elements.next();) {
    if (json::type_of(elements.value()) == json::Type::string && accepts(elements.value())) return true;
  }
  return false;
}

}  // namespace

bool may(std::string_view claims, std::string_view permission) {
  return is_allowed(claims, "can", [&](std::string_view word) { return json::string_is(word, permission); });
}

bool may_enter(std::string_view claims, std::string_view room) {
  std::string buffer;
  return is_allowed(claims, "rooms", [&](std::string_view element) {
    const std::string_view name = json::decode(element, buffer);
    return name.ends_with('*') ? room.starts_with(name.substr(0, name.size() - 1)) : room == name;
  });
}

}  // namespace signaling::webrtc_signaling
