#pragma once
// Reads a TOML table into a ConfigTable by its schema.

#include <optional>

#include <signaling/server/config_table.hpp>

namespace signaling::server {

/// What a key accepts, for messages: `an integer from 1 to 65535`.
std::string describe_allowed(const ConfigKey& key);

class ConfigTable::Reader {
 public:
  Reader(ConfigTable& target, const Environment& environment, ConfigProblems& problems)
      : target_(target), environment_(environment), problems_(problems) {}

  /// Reads the keys of `table`, which stands under `prefix` (relative to the target, empty for itself).
  void read_table(const toml::table& table, const std::string& prefix);
  /// Gives every key that was not written, or was written wrongly, its default; reports required ones that are missing.
  void add_defaults();

 private:
  /// Text of a node that is a string, or was typed after `--set`.
  struct Text {
    std::string text;
    bool is_convertible = false;  ///< may stand for another type than string
  };

  const ConfigKey* schema_key(std::string_view name) const;
  bool is_section(std::string_view name) const;
  void read_key(const ConfigKey& key, const toml::node& node, const std::string& name);
  Data read_value(const ConfigKey& key, const toml::node& node, const std::string& name);
  Data read_number(const ConfigKey& key, const toml::node& node, const std::string& name);
  Data read_list(const ConfigKey& key, const toml::node& node, const std::string& name);
  Data read_tables(const ConfigKey& key, const toml::node& node, const std::string& name);
  Data checked_string(const ConfigKey& key, const toml::node& node, const std::string& name, std::string text);
  Data checked_number(const ConfigKey& key, const toml::node& node, const std::string& name, std::int64_t number);

  std::optional<Text> text_of(const ConfigKey& key, const toml::node& node, const std::string& name);
  ConfigPlace place_of_node(const toml::node& node) const;
  void report(const toml::node& node, const std::string& name, std::string_view message);
  /// `found` is shown unless the key is secret.
  void report_value(const ConfigKey& key, const toml::node& node, const std::string& name, std::string_view found,
                    std::string_view message);
  void report_unknown(const toml::key& key, const toml::node& node, const std::string& prefix, const std::string& name);

  ConfigTable& target_;
  const Environment& environment_;
  ConfigProblems& problems_;
};

}  // namespace signaling::server
