#pragma once
// Values out of JSON that the server has checked: `json::read<std::string>(slice)`, `json::Value(event.args)["room"]`,
// `json::read_args<std::string, std::int64_t>(event.args)`.

#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <signaling/plugin_api/json_slice.hpp>

#if !defined(__cpp_lib_to_chars)
#include <locale>
#include <sstream>
#endif

namespace signaling::plugin_api::json {

class Value;

namespace detail {

template <class T>
struct Reading;

template <>
struct Reading<bool> {
  static std::optional<bool> read(std::string_view slice) noexcept {
    if (type_of(slice) != Type::boolean) return std::nullopt;
    return boolean(slice);
  }
};

/// Written without fraction and exponent, and within the type's range.
template <std::integral T>
struct Reading<T> {
  static std::optional<T> read(std::string_view slice) noexcept {
    T number = 0;
    const char* const end = slice.data() + slice.size();
    const auto [stopped, error] = std::from_chars(slice.data(), end, number);
    if (slice.empty() || error != std::errc() || stopped != end) return std::nullopt;
    return number;
  }
};

template <std::floating_point T>
struct Reading<T> {
  static std::optional<T> read(std::string_view slice) {
    // Before the conversion, which takes more than JSON has.
    if (slice.empty() || slice.find_first_not_of("0123456789+-.eE") != std::string_view::npos) return std::nullopt;
    T number = 0;
#if defined(__cpp_lib_to_chars)
    const char* const end = slice.data() + slice.size();
    const auto [stopped, error] = std::from_chars(slice.data(), end, number);
    if (error != std::errc() || stopped != end) return std::nullopt;
#else
    std::istringstream stream{std::string(slice)};
    stream.imbue(std::locale::classic());
    if (!(stream >> number) || !stream.eof()) return std::nullopt;
#endif
    return number;
  }
};

template <>
struct Reading<std::string> {
  static std::optional<std::string> read(std::string_view slice) {
    if (type_of(slice) != Type::string) return std::nullopt;
    std::string text;
    append_decoded(slice, text);
    return text;
  }
};

}  // namespace detail

/// The value of a slice as `T`: bool, an integer, a floating-point number, std::string (decoded), std::vector of these,
/// `Value`, or std::optional of one (empty for null and where there is nothing). nullopt where it is something else, does not
/// fit, or is not there (an empty slice).
template <class T>
[[nodiscard]] std::optional<T> read(std::string_view slice) {
  return detail::Reading<T>::read(slice);
}

/// One value, or none. A view of the text that it was made of, which must be valid JSON.
class Value {
 public:
  Value() = default;
  explicit Value(std::string_view slice) noexcept : slice_(slice) {}

  /// There is one, which may be null.
  bool exists() const noexcept { return !slice_.empty(); }
  Type type() const noexcept { return type_of(slice_); }
  /// As it came.
  std::string_view text() const noexcept { return slice_; }

  /// Member of an object, the last one of that name; none of anything else.
  Value operator[](std::string_view key) const noexcept { return type() == Type::object ? Value(find(slice_, key)) : Value(); }
  /// Element of an array; none past its end, and of anything else. Walks there.
  Value at(std::size_t index) const noexcept {
    if (type() != Type::array) return Value();
    for (Elements elements = Elements::of(slice_); elements.next(); --index) {
      if (index == 0) return Value(elements.value());
    }
    return Value();
  }

  template <class T>
  [[nodiscard]] std::optional<T> as() const {
    return json::read<T>(slice_);
  }
  /// `otherwise` where it is not there, or something else.
  template <class T>
  [[nodiscard]] T as(T otherwise) const {
    std::optional<T> value = as<T>();
    return value ? std::move(*value) : std::move(otherwise);
  }

 private:
  std::string_view slice_;
};

namespace detail {

template <>
struct Reading<Value> {
  static std::optional<Value> read(std::string_view slice) noexcept {
    if (slice.empty()) return std::nullopt;
    return Value(slice);
  }
};

template <class T>
struct Reading<std::optional<T>> {
  static std::optional<std::optional<T>> read(std::string_view slice) {
    if (type_of(slice) == Type::null) return std::optional<T>();  // nothing, too
    std::optional<T> value = json::read<T>(slice);
    if (!value) return std::nullopt;
    return value;
  }
};

template <class T>
struct Reading<std::vector<T>> {
  static std::optional<std::vector<T>> read(std::string_view slice) {
    if (type_of(slice) != Type::array) return std::nullopt;
    std::vector<T> values;
    for (Elements elements = Elements::of(slice); elements.next();) {
      std::optional<T> value = json::read<T>(elements.value());
      if (!value) return std::nullopt;
      values.push_back(std::move(*value));
    }
    return values;
  }
};

}  // namespace detail

/// The first values of a list (`Event::args`); nullopt where one is not there or something else. Further ones are ignored, as
/// in JavaScript.
template <class... Ts>
[[nodiscard]] std::optional<std::tuple<Ts...>> read_args(std::string_view args) {
  Elements elements(args);
  [[maybe_unused]] const auto next = [&elements]() -> std::string_view {
    return elements.next() ? elements.value() : std::string_view();
  };
  // In braces, so that they are read in order.
  std::tuple<std::optional<Ts>...> read_ones{json::read<Ts>(next())...};
  return std::apply(
      [](auto&... each) -> std::optional<std::tuple<Ts...>> {
        if (!(each.has_value() && ...)) return std::nullopt;
        return std::tuple<Ts...>(std::move(*each)...);
      },
      read_ones);
}

}  // namespace signaling::plugin_api::json
