#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <utility>

#include <signaling/server/config.hpp>
#include <signaling/server/config_document.hpp>
#include <signaling/server/config_table.hpp>

namespace signaling::server {

namespace {

/// Moves `from` over `into`: tables merge, everything else replaces. Moving keeps the nodes' places; copying would lose them.
void merge(toml::table& into, toml::table&& from) {
  for (auto&& [key, node] : from) {
    toml::node* existing = into.get(key.str());
    if (existing != nullptr && existing->is_table() && node.is_table()) {
      merge(*existing->as_table(), std::move(*node.as_table()));
    } else {
      node.visit([&into, &key = key](auto& typed) { into.insert_or_assign(key, std::move(typed)); });
    }
  }
}

/// VALUE as TOML. A string where it is no TOML value, so that `--set listen.address=::1` needs no quotes within quotes.
toml::table parse_setting_value(std::string_view value, const std::string& source) {
  try {
    // One key and nothing else: a VALUE with line breaks must not smuggle further keys in.
    toml::table table = toml::parse("value = " + std::string(value), source);
    if (table.size() == 1) return table;
  } catch (const toml::parse_error&) {
  }
  std::ostringstream quoted;
  quoted << toml::value<std::string>(std::string(value));
  return toml::parse("value = " + quoted.str(), source);
}

/// `a.b.c` in TOML's own key syntax; empty where malformed.
std::vector<std::string> parse_setting_key(std::string_view key) {
  std::vector<std::string> parts;
  if (key.find_first_of("\r\n=#") != std::string_view::npos) return parts;
  try {
    const toml::table table = toml::parse(std::string(key) + " = 0");
    for (const toml::table* level = &table; level != nullptr && level->size() == 1;) {
      parts.emplace_back(level->begin()->first.str());
      level = level->begin()->second.as_table();
    }
  } catch (const toml::parse_error&) {
    parts.clear();
  }
  return parts;
}

void apply_setting(const std::string& setting, toml::table& root, ConfigProblems& problems) {
  const std::size_t equals = setting.find('=');
  const std::string key = setting.substr(0, equals);
  const std::string source = "--set " + setting;
  if (equals == std::string::npos) {
    problems.add({source, 0, 0}, key, "has no value, allowed: --set KEY=VALUE");
    return;
  }
  const std::vector<std::string> parts = parse_setting_key(key);
  if (parts.empty()) {
    problems.add({source, 0, 0}, key, "is no key, allowed: names joined by dots, such as listen.port");
    return;
  }
  toml::table table = parse_setting_value(setting.substr(equals + 1), source);
  const toml::source_region region = table.get("value")->source();
  toml::table nested;
  table.get("value")->visit([&](auto& typed) { nested.insert_or_assign(toml::key(parts.back(), region), std::move(typed)); });
  for (std::size_t i = parts.size() - 1; i-- > 0;) {
    toml::table outer;
    outer.insert_or_assign(toml::key(parts[i], region), std::move(nested));
    nested = std::move(outer);
  }
  merge(root, std::move(nested));
}

/// `[plugins.adapter]` is a mistake to report, not the table of a plugin of that name.
bool is_key_of_plugins(std::string_view name) {
  const std::string full = "plugins." + std::string(name);
  const std::span<const ConfigKey> schema = server_schema();
  return std::any_of(schema.begin(), schema.end(), [&full](const ConfigKey& key) { return key.name == full; });
}

/// Takes the plugins' own tables out of `[plugins]`.
void split_plugins(ConfigDocument& document) {
  toml::table* plugins = document.root["plugins"].as_table();
  if (plugins == nullptr) return;
  std::vector<std::string> names;
  for (const auto& [key, node] : *plugins) {
    if (node.is_table() && !is_key_of_plugins(key.str())) names.emplace_back(key.str());
  }
  for (const std::string& name : names) {
    document.plugins.emplace(name, std::move(*plugins->get(name)->as_table()));
    plugins->erase(name);
  }
}

}  // namespace

ConfigDocument parse_document(std::string_view text, const std::string& file, std::span<const std::string> settings,
                              ConfigProblems& problems) {
  ConfigDocument document;
  document.file = file;
  try {
    document.root = toml::parse(text, file);
  } catch (const toml::parse_error& error) {
    ConfigPlace place = place_of(error.source());
    place.source = file;
    problems.add(place, "TOML syntax", error.description());
  }
  for (const std::string& setting : settings) apply_setting(setting, document.root, problems);
  split_plugins(document);
  return document;
}

ConfigDocument load_document(const std::string& file, std::span<const std::string> settings, ConfigProblems& problems) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  if (stream) text << stream.rdbuf();
  if (!stream || text.fail()) {
    problems.add({file, 0, 0}, "", std::string("cannot be read: ") + std::strerror(errno));
    return parse_document("", file, settings, problems);
  }
  return parse_document(text.str(), file, settings, problems);
}

}  // namespace signaling::server
