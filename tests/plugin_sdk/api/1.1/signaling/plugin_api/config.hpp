#pragma once
// A plugin's own table of the configuration file: its schema, and read-only access to the checked values.

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace signaling::plugin_api {

/// Type of one key of a plugin's table. `min` and `max` both 0: no bound.
enum class KeyType : std::uint32_t {
  boolean,
  integer,      ///< 64-bit; `min` and `max` hold
  string,       ///< `min` and `max` bound its length in bytes; `allowed` may list the accepted words
  duration,     ///< written "25s", "100ms", "2m", "1h"; read in milliseconds; `min` and `max` in milliseconds
  string_list,  ///< `min` and `max` bound the number of elements
  table_list,   ///< array of tables; its keys are named `<this key>.<key>` in the schema
};

/// One key of a plugin's table. Static data in the plugin: the host reads it before any code of the plugin runs.
/// Keys not in the schema are refused with the nearest known one; missing keys take `default_value`.
struct ConfigKey {
  const char* name;  ///< `key`, or `list.key` for a key inside a table_list
  KeyType type;
  const char* default_value;  ///< TOML text of the value (`"25s"` with its quotes, `true`, `["a"]`); nullptr: no default, the
                              ///< key may be absent and `has()` tells; table_list: nullptr
  std::int64_t min;
  std::int64_t max;
  const char* allowed;  ///< words separated by `|`, or nullptr
  bool reloadable;      ///< may change on SIGHUP
  bool required;
  bool secret;       ///< never printed
  const char* help;  ///< one line for people
};

/// Checked values of one table. Every getter returns the configured value, else the schema's default, else an empty value.
/// Views live as long as the view they came from: until the next reload or the plugin's destruction.
class ConfigView {
 public:
  virtual bool has(std::string_view key) const = 0;
  virtual bool boolean(std::string_view key) const = 0;
  virtual std::int64_t integer(std::string_view key) const = 0;
  virtual std::string_view string(std::string_view key) const = 0;
  virtual std::int64_t duration_ms(std::string_view key) const = 0;
  /// Number of elements of a string_list or table_list; 0 where absent.
  virtual std::size_t size(std::string_view key) const = 0;
  virtual std::string_view string_at(std::string_view key, std::size_t index) const = 0;
  /// Element of a table_list; keys inside are named without the list's prefix. nullptr past the end.
  virtual const ConfigView* table_at(std::string_view key, std::size_t index) const = 0;

 protected:
  ~ConfigView() = default;
};

/// Collects what is wrong, all of it, each with the key it belongs to (the host adds file, line and column).
class Problems {
 public:
  virtual void add(std::string_view key, std::string_view message) = 0;

 protected:
  ~Problems() = default;
};

}  // namespace signaling::plugin_api
