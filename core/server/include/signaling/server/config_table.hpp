#pragma once
// One TOML table held to a schema: typed values with their places, defaults filled in, everything wrong collected. The server's
// own configuration and every plugin's table are read by this; `ConfigKey` is the SDK's, so that one format serves both.

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <toml++/toml.h>

#include <signaling/plugin_api/config.hpp>
#include <signaling/server/config_problems.hpp>
#include <signaling/server/config_text.hpp>
#include <signaling/server/reload_report.hpp>

namespace signaling::server {

using plugin_api::ConfigKey;
using plugin_api::KeyType;

/// Place of a node that a parser or `--set` made.
ConfigPlace place_of(const toml::source_region& region);

/// Checked values of one table. Immutable once read; [any thread] then.
///
/// Keys of the schema are named relative to the table, dots for tables inside it (`tls.certificate`); a last part `*` stands
/// for any key there (`components.*`). Accepted for a key, beside its own TOML type:
///   - a string in which `${NAME}` was replaced, or a value of `--set`, whose text reads as that type;
///   - for a string_list such a text with commas between the elements (empty: no element).
class ConfigTable final : public plugin_api::ConfigView {
 public:
  struct Source {
    const toml::table* table = nullptr;  ///< nullptr: absent, every key takes its default
    std::string name;                    ///< full name for messages: `plugins.redis_adapter`; empty for the root
    ConfigPlace place;                   ///< for keys that are missing, where `table` has no place of its own
  };

  /// Reads `source` by `schema` (static data, outlives this). A value that is wrong is reported and takes its default.
  /// Unknown keys are reported with the nearest known one.
  ConfigTable(std::span<const ConfigKey> schema, const Source& source, const Environment& environment,
              ConfigProblems& problems);

  bool has(std::string_view key) const override;
  bool boolean(std::string_view key) const override;
  std::int64_t integer(std::string_view key) const override;
  std::string_view string(std::string_view key) const override;
  std::int64_t duration_ms(std::string_view key) const override;
  std::size_t size(std::string_view key) const override;
  std::string_view string_at(std::string_view key, std::size_t index) const override;
  const plugin_api::ConfigView* table_at(std::string_view key, std::size_t index) const override;

  std::vector<std::string> strings(std::string_view key) const;
  /// What `prefix.*` keys were given: last part and string value, in order of name.
  std::vector<std::pair<std::string, std::string>> entries(std::string_view prefix) const;

  /// Written in the configuration (true) or its default (false).
  bool is_configured(std::string_view key) const;
  /// Where the key's value was written, else where its table was, for problems found later.
  ConfigPlace place(std::string_view key) const;
  /// `key` with the table's name before it, for messages.
  std::string full_name(std::string_view key) const;
  const std::string& name() const noexcept { return name_; }

  /// What is not the same in `after`, another reading of the same table, by name.
  std::vector<ConfigChange> changes_to(const ConfigTable& after) const;
  /// A copy in which the keys that `is_fixed` says have the values of `running`.
  ConfigTable with_fixed_keys_of(const ConfigTable& running, const std::function<bool(const ConfigKey&)>& is_fixed) const;

  /// Writes the table as TOML that reads back the same: every key, those without value as a comment, secrets as `"***"`,
  /// with its help, which tells where a key is `[reloadable]`.
  void print(std::ostream& out) const;

 private:
  using Data =
      std::variant<std::monostate, bool, std::int64_t, std::string, std::vector<std::string>, std::vector<ConfigTable>>;
  struct Value {
    const ConfigKey* key = nullptr;
    Data data;
    ConfigPlace place;
    bool is_configured = false;
  };
  class Reader;

  const Value* find(std::string_view key) const;
  template <class T>
  const T* get(std::string_view key) const;
  std::string value_text(const Value& value) const;
  std::string shown(const Value* value) const;
  static bool is_same(const Data& a, const Data& b);

  std::span<const ConfigKey> schema_;
  /// Schemas of table_list keys, which the elements refer to: shared, so that a copy of this table keeps them alive.
  std::vector<std::shared_ptr<const std::vector<ConfigKey>>> element_schemas_;
  std::string name_;
  ConfigPlace place_;
  std::map<std::string, Value, std::less<>> values_;
};

}  // namespace signaling::server
