#pragma once
// The values of a plugin's table by their types: `Config(config, schema).get<std::chrono::milliseconds>("timeout")`.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <signaling/plugin_api/config.hpp>
#include <signaling/plugin_api/config_types.hpp>

namespace signaling::plugin_api {

/// A mistake of the plugin's author: a key is read that the schema does not have, or as another type. Where it leaves a
/// function of the life cycle, the server shows its text as the problem.
class ConfigError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

/// One table. As long-lived as the view that it was made of, which it does not own: for the call it was made in, or until the
/// next reload. Pure.
class Config {
 public:
  /// @param schema  that of the plugin, static
  Config(const ConfigView& view, std::span<const ConfigKey> schema) : view_(&view), schema_(schema) {}

  /// The configured value, else the default. `T` is as in the schema (`ConfigValue`), or an integer of another size; tables are
  /// `std::vector<Config>`, in which keys go without the list's name; `std::optional` is empty where the key is left out.
  /// Throws ConfigError for a key that the schema lacks, of another type, or that is left out and has no default; and where
  /// the value does not fit into `T`.
  template <ConfigValue T>
  [[nodiscard]] T get(std::string_view key) const {
    const ConfigKey& declared = find(key, detail::ConfigType<T>::type);
    if constexpr (detail::ConfigType<T>::is_optional) {
      if (!view_->has(key)) return std::nullopt;
      return read<typename T::value_type>(key, declared);
    } else {
      if (declared.type != KeyType::table_list && !view_->has(key))
        fail(key, "is left out and has no default: read it as std::optional, or ask has()");
      return read<T>(key, declared);
    }
  }

  /// Configured, or has a default. Throws ConfigError for a key that the schema lacks.
  [[nodiscard]] bool has(std::string_view key) const {
    find(key, std::nullopt);
    return view_->has(key);
  }

  const ConfigView& view() const noexcept { return *view_; }

 private:
  Config(const ConfigView& view, std::span<const ConfigKey> schema, std::string prefix)
      : view_(&view), schema_(schema), prefix_(std::move(prefix)) {}

  const ConfigKey& find(std::string_view key, std::optional<KeyType> wanted) const {
    for (const ConfigKey& declared : schema_) {
      const std::string_view name = declared.name;
      if (!name.starts_with(prefix_) || name.substr(prefix_.size()) != key) continue;
      if (wanted && declared.type != *wanted)
        fail(key, std::string("is ").append(name_of(declared.type)).append(", and was read as ").append(name_of(*wanted)));
      return declared;
    }
    fail(key, "is not in the plugin's schema");
  }

  template <class T>
  T read(std::string_view key, const ConfigKey& declared) const {
    if constexpr (std::is_same_v<T, bool>) {
      return view_->boolean(key);
    } else if constexpr (std::is_integral_v<T>) {
      const std::int64_t value = view_->integer(key);
      if (!std::in_range<T>(value)) {
        fail(key, "is " + std::to_string(value) + ", which the type that it was read as cannot hold (" +
                      std::to_string(std::numeric_limits<T>::min()) + " to " + std::to_string(std::numeric_limits<T>::max()) +
                      "): give the key a range");
      }
      return static_cast<T>(value);
    } else if constexpr (std::is_enum_v<T>) {
      const std::string_view words = declared.allowed == nullptr ? std::string_view() : declared.allowed;
      const std::size_t place = detail::place_of_word(view_->string(key), words);
      if (place >= detail::count_words(words)) fail(key, "is none of the words that its schema allows");
      return static_cast<T>(place);
    } else if constexpr (std::is_same_v<T, std::string>) {
      return std::string(view_->string(key));
    } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
      std::vector<std::string> texts;
      texts.reserve(view_->size(key));
      for (std::size_t i = 0; i < view_->size(key); ++i) texts.emplace_back(view_->string_at(key, i));
      return texts;
    } else if constexpr (std::is_same_v<T, std::vector<Config>>) {
      return tables(key);
    } else {
      return read_duration<T>(key);
    }
  }

  template <class Duration>
  Duration read_duration(std::string_view key) const {
    const std::chrono::milliseconds value(view_->duration_ms(key));
    if constexpr (!std::is_floating_point_v<typename Duration::rep>) {
      constexpr auto most = std::chrono::duration_cast<std::chrono::milliseconds>(Duration::max());
      if (value > most || value < -most) fail(key, "is too long for the type that it was read as: give the key a range");
    }
    return Duration(value);
  }

  std::vector<Config> tables(std::string_view key) const {
    std::vector<Config> found;
    std::string prefix = prefix_;
    prefix.append(key).push_back('.');
    for (std::size_t i = 0; i < view_->size(key); ++i) found.push_back(Config(*view_->table_at(key, i), schema_, prefix));
    return found;
  }

  static std::string_view name_of(KeyType type) noexcept {
    switch (type) {
      case KeyType::boolean: return "a boolean";
      case KeyType::integer: return "an integer";
      case KeyType::string: return "a string";
      case KeyType::duration: return "a duration";
      case KeyType::string_list: return "a list of strings";
      case KeyType::table_list: return "a list of tables";
    }
    return "of a type that this plugin does not know";
  }

  [[noreturn]] void fail(std::string_view key, std::string_view message) const {
    throw ConfigError(std::string("key \"").append(prefix_).append(key).append("\" ").append(message));
  }

  const ConfigView* view_;
  std::span<const ConfigKey> schema_;
  std::string prefix_;  ///< `rules.` in a table of the list `rules`
};

}  // namespace signaling::plugin_api
