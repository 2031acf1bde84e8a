#pragma once
// The schema of a plugin's table, written down by type and checked by the compiler:
//
//     inline constexpr Schema schema(
//         key<std::chrono::milliseconds>("timeout", "5s").range(10ms, 1h).reloadable().help("How long an answer is waited
//         for."), key<std::uint16_t>("port", 4222).help("Of the broker."),
//         key<std::optional<std::string>>("password").secret().help("Where the broker wants one."));
//     SIGNALING_PLUGIN(Class, schema);
//
// A default that is no such value or outside of its range, a name that is there twice, a key that is neither optional nor
// required and has no default: does not compile, and the error names the line with what is wrong. `Config` reads the values.

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <signaling/plugin_api/config.hpp>
#include <signaling/plugin_api/config_types.hpp>
#include <signaling/plugin_api/schema_default.hpp>

namespace signaling::plugin_api {

/// One key, being written down; made by `key`. Functions give a changed copy, in any order.
template <ConfigValue T, std::size_t Room>
class SchemaKey {
  using Type = detail::ConfigType<T>;

 public:
  constexpr explicit SchemaKey(const char* name)
      : key_{name, Type::type, nullptr, Type::min, Type::max, nullptr, false, false, false, ""} {}

  /// Both included.
  constexpr SchemaKey range(std::int64_t min, std::int64_t max) const requires(Type::type == KeyType::integer) {
    if (Type::max != 0 && (min < Type::min || max > Type::max)) throw "signaling: the range is wider than the key's type";
    return with_bounds(min, max);
  }
  constexpr SchemaKey range(std::chrono::milliseconds min, std::chrono::milliseconds max) const
      requires(Type::type == KeyType::duration) {
    if (max.count() > Type::max) throw "signaling: the range is wider than the key's type";
    return with_bounds(min.count(), max.count());
  }
  /// Bytes of a text, both included.
  constexpr SchemaKey length(std::int64_t min, std::int64_t max) const requires(Type::type == KeyType::string) {
    return with_bounds(min, max);
  }
  /// Elements of a list, or tables, both included.
  constexpr SchemaKey elements(std::int64_t min, std::int64_t max) const
      requires(Type::type == KeyType::string_list || Type::type == KeyType::table_list) {
    return with_bounds(min, max);
  }
  /// What a text, or each of a list, may be: `"delay|drop|disconnect"`. An enumeration has its enumerators in this order.
  constexpr SchemaKey one_of(const char* words) const
      requires(Type::type == KeyType::string || Type::type == KeyType::string_list) {
    SchemaKey changed = *this;
    changed.key_.allowed = words;
    return changed;
  }
  /// May change at SIGHUP.
  constexpr SchemaKey reloadable() const {
    SchemaKey changed = *this;
    changed.key_.reloadable = true;
    return changed;
  }
  /// Must be in the configuration.
  constexpr SchemaKey required() const requires(!Type::is_optional && Type::type != KeyType::table_list) {
    SchemaKey changed = *this;
    changed.key_.required = true;
    return changed;
  }
  /// Never printed.
  constexpr SchemaKey secret() const {
    SchemaKey changed = *this;
    changed.key_.secret = true;
    return changed;
  }
  /// One line for people.
  constexpr SchemaKey help(const char* text) const {
    SchemaKey changed = *this;
    changed.key_.help = text;
    return changed;
  }

  // For `key` and `Schema`.
  constexpr SchemaKey with_number(std::int64_t number) const requires(Room >= detail::number_room) {
    SchemaKey changed = with_default(number);
    changed.text_.append_number(number);
    return changed;
  }
  constexpr SchemaKey with_boolean(bool value) const {
    SchemaKey changed = with_default(0);
    changed.text_.append(value ? "true" : "false");
    return changed;
  }
  /// A duration in `milliseconds`, written as `text`.
  constexpr SchemaKey with_duration(std::string_view text, std::int64_t milliseconds) const {
    SchemaKey changed = with_default(milliseconds);
    changed.text_.append_quoted(text);
    return changed;
  }
  constexpr SchemaKey with_string(std::string_view text) const {
    SchemaKey changed = with_default(static_cast<std::int64_t>(text.size()));
    changed.text_.append_quoted(text);
    changed.words_[0] = text;
    changed.word_count_ = 1;
    return changed;
  }
  constexpr SchemaKey with_list(std::span<const char* const> texts) const {
    SchemaKey changed = with_default(static_cast<std::int64_t>(texts.size()));
    changed.text_.push_back('[');
    for (const char* text : texts) {
      if (changed.word_count_ == changed.words_.size()) throw "signaling: a default list has too many elements";
      if (changed.word_count_ > 0) changed.text_.append(", ");
      changed.text_.append_quoted(text);
      changed.words_[changed.word_count_++] = text;
    }
    changed.text_.push_back(']');
    return changed;
  }

  constexpr const ConfigKey& written() const { return key_; }
  /// TOML text, where there is one.
  constexpr std::string_view default_text() const { return text_.view(); }
  /// What is wrong with it is thrown.
  constexpr void check() const {
    constexpr bool is_table_list = Type::type == KeyType::table_list;
    if (!has_default_ && !key_.required && !Type::is_optional && !is_table_list)
      throw "signaling: a key needs a default, required(), or the type std::optional";
    if (has_default_ && (key_.required || Type::is_optional))
      throw "signaling: a key that is required or optional has no default";
    if (std::is_enum_v<T> && key_.allowed == nullptr) throw "signaling: an enumeration needs one_of(\"word|word\")";
    if (!has_default_) return;
    if ((key_.min != 0 || key_.max != 0) && (number_ < key_.min || number_ > key_.max))
      throw "signaling: the default is outside of the key's range";
    if (key_.allowed == nullptr) return;
    for (std::size_t i = 0; i < word_count_; ++i) {
      if (detail::place_of_word(words_[i], key_.allowed) == detail::count_words(key_.allowed))
        throw "signaling: the default is none of the allowed words";
    }
  }

 private:
  constexpr SchemaKey with_bounds(std::int64_t min, std::int64_t max) const {
    if (min > max) throw "signaling: the least is above the most";
    if (min == 0 && max == 0) throw "signaling: a range from 0 to 0 leaves nothing to choose";
    SchemaKey changed = *this;
    changed.key_.min = min;
    changed.key_.max = max;
    return changed;
  }
  constexpr SchemaKey with_default(std::int64_t number) const {
    SchemaKey changed = *this;
    changed.has_default_ = true;
    changed.number_ = number;
    return changed;
  }

  ConfigKey key_;
  bool has_default_ = false;
  std::int64_t number_ = 0;  ///< that the bounds are for: the value, a length, a number of elements
  detail::FixedText<Room> text_;
  std::array<std::string_view, 16> words_{};  ///< a default string, or each of a default list
  std::size_t word_count_ = 0;
};

/// A key without a default. `name`: `key`, or `list.key` for a key inside of a list of tables.
template <ConfigValue T>
constexpr SchemaKey<T, 1> key(const char* name) {
  return SchemaKey<T, 1>(name);
}
template <ConfigValue T>
requires std::is_same_v<T, bool>
constexpr SchemaKey<T, 5> key(const char* name, std::type_identity_t<T> value) {
  return SchemaKey<T, 5>(name).with_boolean(value);
}
template <ConfigValue T>
requires(std::is_integral_v<T> &&
         !std::is_same_v<T, bool>) constexpr SchemaKey<T, detail::number_room> key(const char* name,
                                                                                   std::type_identity_t<T> value) {
  if (sizeof(T) == sizeof(std::int64_t) && std::is_unsigned_v<T> && static_cast<std::int64_t>(value) < 0)
    throw "signaling: integers of a configuration have 63 bits and a sign";
  return SchemaKey<T, detail::number_room>(name).with_number(static_cast<std::int64_t>(value));
}
/// `"5s"`
template <ConfigValue T, std::size_t Size>
requires(detail::ConfigType<T>::type == KeyType::duration) constexpr SchemaKey<T, Size + 2> key(const char* name,
                                                                                                const char (&text)[Size]) {
  const std::string_view duration(text, Size - 1);
  return SchemaKey<T, Size + 2>(name).with_duration(duration, detail::duration_of(duration));
}
/// The default of an enumeration is its word.
template <ConfigValue T, std::size_t Size>
requires(detail::ConfigType<T>::type == KeyType::string) constexpr SchemaKey<T, 2 * Size> key(const char* name,
                                                                                              const char (&text)[Size]) {
  return SchemaKey<T, 2 * Size>(name).with_string({text, Size - 1});
}
/// `{"auth", "header"}`: at most 16, with 500 characters together.
template <ConfigValue T, std::size_t Count>
requires(detail::ConfigType<T>::type ==
         KeyType::string_list) constexpr SchemaKey<T, 512> key(const char* name, const char* const (&texts)[Count]) {
  return SchemaKey<T, 512>(name).with_list(texts);
}
/// `{}`
struct NoElements {};
template <ConfigValue T>
requires(detail::ConfigType<T>::type == KeyType::string_list) constexpr SchemaKey<T, 2> key(const char* name, NoElements) {
  return SchemaKey<T, 2>(name).with_list({});
}

/// The keys of a table as the server wants them: static data, ready before any code of the plugin runs. Always `constexpr`, at
/// the scope of a namespace or class: the keys point into it.
template <std::size_t Count, std::size_t Room>
class Schema {
 public:
  template <class... Types, std::size_t... Rooms>
  constexpr explicit Schema(const SchemaKey<Types, Rooms>&... keys) {
    (add(keys), ...);
  }
  Schema(const Schema&) = delete;
  Schema& operator=(const Schema&) = delete;

  constexpr operator std::span<const ConfigKey>() const { return keys_; }
  constexpr const ConfigKey* begin() const { return keys_.data(); }
  constexpr const ConfigKey* end() const { return keys_.data() + Count; }
  constexpr std::size_t size() const { return Count; }

 private:
  template <class Key>
  constexpr void add(const Key& key) {
    key.check();
    const std::string_view name = key.written().name;
    if (!is_name(name)) throw "signaling: a key's name is of a-z, A-Z, 0-9, _ and -, with dots between parts";
    if (name == "required") throw "signaling: the key \"required\" is the server's own";
    for (std::size_t i = 0; i < count_; ++i) {
      if (name == keys_[i].name) throw "signaling: a key is there twice";
    }
    ConfigKey& added = keys_[count_++] = key.written();
    if (key.default_text().empty()) return;
    added.default_value = &texts_[used_];
    for (const char c : key.default_text()) texts_[used_++] = c;
    texts_[used_++] = '\0';
  }
  static constexpr bool is_name(std::string_view name) {
    if (name.empty() || name.front() == '.' || name.back() == '.') return false;
    for (const char c : name) {
      const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      if (!is_letter && !(c >= '0' && c <= '9') && c != '_' && c != '-' && c != '.') return false;
    }
    return true;
  }

  std::array<ConfigKey, Count> keys_{};
  std::array<char, Room> texts_{};
  std::size_t count_ = 0;
  std::size_t used_ = 0;
};

template <class... Types, std::size_t... Rooms>
Schema(const SchemaKey<Types, Rooms>&...) -> Schema<sizeof...(Types), (Rooms + ...) + sizeof...(Types)>;

}  // namespace signaling::plugin_api
