#pragma once
// A plugin's own table, held to the schema in its manifest.

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <toml++/toml.h>

#include <signaling/plugin_api/config.hpp>
#include <signaling/server/config_document.hpp>
#include <signaling/server/config_problems.hpp>
#include <signaling/server/config_table.hpp>
#include <signaling/server/config_text.hpp>

namespace signaling::server {

/// Key that the host takes out of every plugin's table: `required = false` lets the server start without the plugin.
inline constexpr std::string_view required_key = "required";

/// What the plugin's author got wrong in the schema itself: keys without name or type, twice, reserved, or with a default that
/// does not fit. Empty where it is sound.
std::vector<std::string> check_schema(std::span<const plugin_api::ConfigKey> schema);

/// `required` of the table, before the plugin and its schema are known; true where it is absent or unreadable.
bool is_required(const toml::table* table, const Environment& environment);

/// The checked table of one plugin. Its `ConfigTable` is what the plugin sees; `required` is in it as well, which does no harm.
class PluginConfig {
 public:
  /// Reads `[plugins.<name>]` of `document`; what is wrong goes to `problems`, each with its place. `schema` is sound and
  /// static.
  PluginConfig(std::string_view name, std::span<const plugin_api::ConfigKey> schema, const ConfigDocument& document,
               const Environment& environment, ConfigProblems& problems);

  const ConfigTable& table() const noexcept { return *table_; }
  /// Takes back what cannot change while the plugin runs.
  void keep_fixed_keys_of(const PluginConfig& running);

 private:
  std::vector<plugin_api::ConfigKey> schema_;  ///< the plugin's and ours; the table refers to it
  std::unique_ptr<ConfigTable> table_;
};

}  // namespace signaling::server
