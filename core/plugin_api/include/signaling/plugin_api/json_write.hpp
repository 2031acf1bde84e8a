#pragma once
// JSON from values: `json::object("id", socket.id(), "peers", peers)`, `json::array("said", text, json::raw(event.args))`.

#include <cmath>
#include <cstddef>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <signaling/plugin_api/json_build.hpp>
#include <signaling/plugin_api/text.hpp>

namespace signaling::plugin_api::json {

/// JSON text of one value, made by the functions below; goes into other JSON as it is. `Pieces(text)` makes a payload of it.
class Text {
 public:
  explicit Text(std::string json) noexcept : json_(std::move(json)) {}
  std::string_view view() const noexcept { return json_; }
  operator std::string_view() const noexcept { return json_; }

 private:
  std::string json_;
};

/// JSON that is there already (a slice of an event, or several with commas between them), put in as it is. A view.
struct Raw {
  std::string_view json;
};
constexpr Raw raw(std::string_view json) noexcept { return {json}; }

namespace detail {
template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;
}  // namespace detail

/// Appends one value: text (escaped), bool, a number (null where it is not finite), nullptr, an enumerator that has a
/// `to_string`, an optional (null where empty), a range of values (an array), `Text`, or what `raw` makes.
template <class T>
void append_value(std::string& out, const T& value) {
  if constexpr (std::is_same_v<T, Text>) {
    out.append(value.view());
  } else if constexpr (std::is_same_v<T, Raw>) {
    out.append(value.json);
  } else if constexpr (std::is_same_v<T, std::nullptr_t>) {
    out.append("null");
  } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
    append_json_string(out, static_cast<std::string_view>(value));
  } else if constexpr (detail::is_optional<T>) {
    value ? append_value(out, *value) : append_value(out, nullptr);
  } else if constexpr (std::is_floating_point_v<T>) {
    std::isfinite(value) ? append_text(out, value) : append_value(out, nullptr);
  } else if constexpr (std::is_same_v<T, bool> || std::is_integral_v<T>) {
    static_assert(!std::is_same_v<T, char>, "a character is written as a text of one");
    append_text(out, value);
  } else if constexpr (std::ranges::input_range<const T>) {
    out.push_back('[');
    bool is_first = true;
    for (const auto& element : value) {
      if (!std::exchange(is_first, false)) out.push_back(',');
      append_value(out, element);
    }
    out.push_back(']');
  } else {
    append_json_string(out, to_string(value));
  }
}

/// `[value, …]`. A raw text may be several values, or none.
template <class... Values>
[[nodiscard]] Text array(const Values&... values) {
  std::string out = "[";
  [[maybe_unused]] const auto add = [&out](const auto& value) {
    if constexpr (std::is_same_v<std::decay_t<decltype(value)>, Raw>) {
      if (value.json.empty()) return;
    }
    if (out.size() > 1) out.push_back(',');
    append_value(out, value);
  };
  (add(values), ...);
  out.push_back(']');
  return Text(std::move(out));
}

namespace detail {

inline void append_members(std::string&) {}
template <class T, class... Rest>
void append_members(std::string& out, std::string_view key, const T& value, const Rest&... rest) {
  if (out.back() != '{') out.push_back(',');
  append_json_string(out, key);
  out.push_back(':');
  append_value(out, value);
  append_members(out, rest...);
}

}  // namespace detail

/// `{key: value, …}`: keys (texts) and values in turn.
template <class... KeysAndValues>
[[nodiscard]] Text object(const KeysAndValues&... keys_and_values) {
  static_assert(sizeof...(KeysAndValues) % 2 == 0, "each key has a value");
  std::string out = "{";
  detail::append_members(out, keys_and_values...);
  out.push_back('}');
  return Text(std::move(out));
}

}  // namespace signaling::plugin_api::json
