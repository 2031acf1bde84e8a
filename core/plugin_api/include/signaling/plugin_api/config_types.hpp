#pragma once
// Which C++ type stands for which type of a key: what `key<T>` writes into a schema, and `Config::get<T>` reads.

#include <chrono>
#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <signaling/plugin_api/config.hpp>

namespace signaling::plugin_api {

/// The checked values of a table: `typed_config.hpp`.
class Config;

namespace detail {

/// What a type of C++ is in a configuration. `min` and `max`: what the type can hold, as a `ConfigKey` says it.
template <class T>
struct ConfigType {
  static constexpr bool is_known = false;
};

struct KnownType {
  static constexpr bool is_known = true;
  static constexpr bool is_optional = false;
  static constexpr std::int64_t min = 0;
  static constexpr std::int64_t max = 0;
};

template <>
struct ConfigType<bool> : KnownType {
  static constexpr KeyType type = KeyType::boolean;
};

template <std::integral T>
requires(!std::is_same_v<T, char>) struct ConfigType<T> : KnownType {
  static constexpr KeyType type = KeyType::integer;
  static constexpr bool is_64_bits = std::is_signed_v<T> && sizeof(T) == sizeof(std::int64_t);
  static constexpr std::int64_t min = is_64_bits ? 0 : static_cast<std::int64_t>(std::numeric_limits<T>::min());
  static constexpr std::int64_t max = is_64_bits ? 0
                                      : sizeof(T) == sizeof(std::int64_t)
                                          ? std::numeric_limits<std::int64_t>::max()
                                          : static_cast<std::int64_t>(std::numeric_limits<T>::max());
};

/// Milliseconds and finer: a configuration has whole milliseconds, and coarser types would lose some.
template <class Rep, class Period>
requires std::is_convertible_v<std::chrono::milliseconds, std::chrono::duration<Rep, Period>>
struct ConfigType<std::chrono::duration<Rep, Period>> : KnownType {
  using Duration = std::chrono::duration<Rep, Period>;
  static constexpr KeyType type = KeyType::duration;
  /// At least 0, unless the key's range says otherwise.
  static constexpr std::int64_t max = std::is_floating_point_v<Rep>
                                          ? std::numeric_limits<std::int64_t>::max()
                                          : std::chrono::duration_cast<std::chrono::milliseconds>(Duration::max()).count();
};

template <>
struct ConfigType<std::string> : KnownType {
  static constexpr KeyType type = KeyType::string;
};

/// A word out of a list; its place there is the enumerator's value.
template <class T>
requires std::is_enum_v<T>
struct ConfigType<T> : KnownType {
  static constexpr KeyType type = KeyType::string;
};

template <>
struct ConfigType<std::vector<std::string>> : KnownType {
  static constexpr KeyType type = KeyType::string_list;
};

/// `[[plugins.<name>.<key>]]`.
template <>
struct ConfigType<std::vector<Config>> : KnownType {
  static constexpr KeyType type = KeyType::table_list;
};

/// A key that may be left out.
template <class T>
requires ConfigType<T>::is_known struct ConfigType<std::optional<T>> : ConfigType<T> {
  static constexpr bool is_optional = true;
};

/// Number of words in `delay|drop|disconnect`.
constexpr std::size_t count_words(std::string_view words) noexcept {
  std::size_t count = words.empty() ? 0 : 1;
  for (const char c : words) count += c == '|' ? 1 : 0;
  return count;
}

/// Place of `word` in `words`, or the number of words.
constexpr std::size_t place_of_word(std::string_view word, std::string_view words) noexcept {
  std::size_t place = 0;
  while (true) {
    const std::size_t end = words.find('|');
    if (words.substr(0, end) == word) return place;
    ++place;
    if (end == std::string_view::npos) return place;
    words.remove_prefix(end + 1);
  }
}

}  // namespace detail

/// A type that a key of a plugin's table can have: bool, integers, durations of milliseconds or finer, std::string,
/// enumerations (a word out of a list), std::vector<std::string>, std::vector<Config> (tables), and std::optional of each but
/// the last.
template <class T>
concept ConfigValue = detail::ConfigType<T>::is_known;

}  // namespace signaling::plugin_api
