#include <algorithm>
#include <set>

#include <signaling/server/plugin_config.hpp>

namespace signaling::server {

namespace {

using plugin_api::ConfigKey;
using plugin_api::KeyType;

constexpr ConfigKey required_schema{"required", KeyType::boolean,
                                    "true",     0,
                                    0,          nullptr,
                                    false,      false,
                                    false,      "false: the server starts without the plugin where it cannot be used"};

bool is_key_name(std::string_view name) {
  return !name.empty() && name.front() != '.' && name.back() != '.' && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.' ||
           c == '*';
  });
}

/// The keys' own texts; false where the list cannot be used at all.
bool check_keys(std::span<const ConfigKey> schema, std::vector<std::string>& errors) {
  std::set<std::string_view> names;
  for (const ConfigKey& key : schema) {
    if (key.name == nullptr || !is_key_name(key.name)) {
      errors.emplace_back("a key has no name, or one that is no TOML key");
      continue;
    }
    const std::string name = "key \"" + std::string(key.name) + "\"";
    if (!names.insert(key.name).second) errors.push_back(name + " is there twice");
    if (key.name == required_key) errors.push_back(name + " is the server's own");
    if (key.type > KeyType::table_list) errors.push_back(name + " has an unknown type");
    if (key.min > key.max && key.max != 0) errors.push_back(name + " has a minimum above its maximum");
  }
  return errors.empty();
}

}  // namespace

std::vector<std::string> check_schema(std::span<const ConfigKey> schema) {
  std::vector<std::string> errors;
  if (!check_keys(schema, errors)) return errors;
  // An empty table takes every default. Nothing is required here: that is a matter of the configuration.
  std::vector<ConfigKey> keys(schema.begin(), schema.end());
  for (ConfigKey& key : keys) key.required = false;
  ConfigProblems problems;
  const ConfigTable defaults(
      keys, {nullptr, "", {"schema", 0, 0}}, [](std::string_view) { return std::string(); }, problems);
  return problems.lines();
}

bool is_required(const toml::table* table, const Environment& environment) {
  const toml::node* node = table == nullptr ? nullptr : table->get(required_key);
  if (node == nullptr) return true;
  if (const toml::value<bool>* boolean = node->as_boolean()) return boolean->get();
  const toml::value<std::string>* text = node->as_string();
  return text == nullptr || expand_environment(text->get(), environment).text != "false";
}

PluginConfig::PluginConfig(std::string_view name, std::span<const ConfigKey> schema, const ConfigDocument& document,
                           const Environment& environment, ConfigProblems& problems)
    : schema_(schema.begin(), schema.end()) {
  schema_.push_back(required_schema);
  const auto table = document.plugins.find(std::string(name));
  const ConfigTable::Source source{table == document.plugins.end() ? nullptr : &table->second, "plugins." + std::string(name),
                                   document.place()};
  table_ = std::make_unique<ConfigTable>(schema_, source, environment, problems);
}

void PluginConfig::keep_fixed_keys_of(const PluginConfig& running) {
  *table_ = table_->with_fixed_keys_of(*running.table_, [](const ConfigKey& key) { return !key.reloadable; });
}

}  // namespace signaling::server
