#include <algorithm>
#include <utility>

#include <signaling/server/config_table.hpp>

#include "config_reader.hpp"

namespace signaling::server {

ConfigPlace place_of(const toml::source_region& region) {
  ConfigPlace place;
  if (region.path) place.source = *region.path;
  place.line = region.begin.line;
  place.column = region.begin.column;
  return place;
}

ConfigTable::ConfigTable(std::span<const ConfigKey> schema, const Source& source, const Environment& environment,
                         ConfigProblems& problems)
    : schema_(schema), name_(source.name), place_(source.place) {
  if (source.table != nullptr && source.table->source().path) place_ = place_of(source.table->source());
  Reader reader(*this, environment, problems);
  if (source.table != nullptr) reader.read_table(*source.table, "");
  reader.add_defaults();
}

const ConfigTable::Value* ConfigTable::find(std::string_view key) const {
  const auto it = values_.find(key);
  return it == values_.end() ? nullptr : &it->second;
}

template <class T>
const T* ConfigTable::get(std::string_view key) const {
  const Value* value = find(key);
  return value == nullptr ? nullptr : std::get_if<T>(&value->data);
}

bool ConfigTable::has(std::string_view key) const {
  const Value* value = find(key);
  return value != nullptr && value->data.index() != 0;
}

bool ConfigTable::boolean(std::string_view key) const {
  const bool* value = get<bool>(key);
  return value != nullptr && *value;
}

std::int64_t ConfigTable::integer(std::string_view key) const {
  const std::int64_t* value = get<std::int64_t>(key);
  return value == nullptr ? 0 : *value;
}

std::string_view ConfigTable::string(std::string_view key) const {
  const std::string* value = get<std::string>(key);
  return value == nullptr ? std::string_view{} : std::string_view(*value);
}

std::int64_t ConfigTable::duration_ms(std::string_view key) const { return integer(key); }

std::size_t ConfigTable::size(std::string_view key) const {
  if (const auto* list = get<std::vector<std::string>>(key)) return list->size();
  if (const auto* tables = get<std::vector<ConfigTable>>(key)) return tables->size();
  return 0;
}

std::string_view ConfigTable::string_at(std::string_view key, std::size_t index) const {
  const auto* list = get<std::vector<std::string>>(key);
  return list == nullptr || index >= list->size() ? std::string_view{} : std::string_view((*list)[index]);
}

const plugin_api::ConfigView* ConfigTable::table_at(std::string_view key, std::size_t index) const {
  const auto* tables = get<std::vector<ConfigTable>>(key);
  return tables == nullptr || index >= tables->size() ? nullptr : &(*tables)[index];
}

std::vector<std::string> ConfigTable::strings(std::string_view key) const {
  const auto* list = get<std::vector<std::string>>(key);
  return list == nullptr ? std::vector<std::string>{} : *list;
}

std::vector<std::pair<std::string, std::string>> ConfigTable::entries(std::string_view prefix) const {
  std::vector<std::pair<std::string, std::string>> found;
  for (const auto& [name, value] : values_) {
    const std::string_view pattern = value.key->name;
    if (!pattern.ends_with(".*") || pattern.substr(0, pattern.size() - 2) != prefix) continue;
    if (const std::string* text = std::get_if<std::string>(&value.data))
      found.emplace_back(name.substr(prefix.size() + 1), *text);
  }
  return found;
}

bool ConfigTable::is_configured(std::string_view key) const {
  const Value* value = find(key);
  return value != nullptr && value->is_configured;
}

ConfigPlace ConfigTable::place(std::string_view key) const {
  const Value* value = find(key);
  return value != nullptr && value->is_configured ? value->place : place_;
}

std::string ConfigTable::full_name(std::string_view key) const {
  if (name_.empty()) return std::string(key);
  return key.empty() ? name_ : name_ + "." + std::string(key);
}

}  // namespace signaling::server
