// What a new reading of a table changes, and what of it can be taken over.

#include <algorithm>

#include <signaling/server/config_table.hpp>

namespace signaling::server {

bool ConfigTable::is_same(const Data& a, const Data& b) {
  const auto* tables = std::get_if<std::vector<ConfigTable>>(&a);
  const auto* others = std::get_if<std::vector<ConfigTable>>(&b);
  if (tables == nullptr || others == nullptr) {
    // Tables are compared below: the variant holds no other type without a comparison.
    if (a.index() != b.index()) return false;
    if (const bool* value = std::get_if<bool>(&a)) return *value == std::get<bool>(b);
    if (const auto* value = std::get_if<std::int64_t>(&a)) return *value == std::get<std::int64_t>(b);
    if (const auto* value = std::get_if<std::string>(&a)) return *value == std::get<std::string>(b);
    if (const auto* value = std::get_if<std::vector<std::string>>(&a)) return *value == std::get<std::vector<std::string>>(b);
    return true;
  }
  return std::equal(tables->begin(), tables->end(), others->begin(), others->end(),
                    [](const ConfigTable& x, const ConfigTable& y) { return x.changes_to(y).empty(); });
}

std::string ConfigTable::shown(const Value* value) const {
  if (value == nullptr || value->data.index() == 0) return "(none)";
  const auto* tables = std::get_if<std::vector<ConfigTable>>(&value->data);
  if (tables == nullptr) return value_text(*value);
  std::string text = "[";
  for (const ConfigTable& table : *tables) {
    text += text.size() == 1 ? "{" : ", {";
    bool is_first = true;
    for (const auto& [name, element] : table.values_) {
      if (element.data.index() == 0) continue;
      text.append(is_first ? "" : ", ").append(name).append(" = ").append(table.value_text(element));
      is_first = false;
    }
    text += '}';
  }
  return text += ']';
}

std::vector<ConfigChange> ConfigTable::changes_to(const ConfigTable& after) const {
  std::vector<std::string> names;
  for (const auto& [name, value] : values_) names.push_back(name);
  for (const auto& [name, value] : after.values_) {
    if (!values_.contains(name)) names.push_back(name);
  }
  static const Data none;
  std::vector<ConfigChange> changes;
  for (const std::string& name : names) {
    const Value* before = find(name);
    const Value* now = after.find(name);
    if (is_same(before != nullptr ? before->data : none, now != nullptr ? now->data : none)) continue;
    const ConfigKey& key = *(now != nullptr ? now : before)->key;
    changes.push_back({full_name(name), shown(before), after.shown(now), !key.reloadable});
  }
  std::sort(changes.begin(), changes.end(), [](const ConfigChange& a, const ConfigChange& b) { return a.key < b.key; });
  return changes;
}

ConfigTable ConfigTable::with_fixed_keys_of(const ConfigTable& running,
                                            const std::function<bool(const ConfigKey&)>& is_fixed) const {
  ConfigTable merged = *this;
  std::erase_if(merged.values_, [&](const auto& entry) { return is_fixed(*entry.second.key); });
  for (const auto& [name, value] : running.values_) {
    if (!is_fixed(*value.key)) continue;
    Value fixed = value;
    // The other table's schema may end with it.
    const auto own = std::find_if(schema_.begin(), schema_.end(), [&value = value](const ConfigKey& key) {
      return std::string_view(key.name) == value.key->name;
    });
    if (own == schema_.end()) continue;
    fixed.key = &*own;
    merged.values_.insert_or_assign(name, std::move(fixed));
  }
  merged.element_schemas_.insert(merged.element_schemas_.end(), running.element_schemas_.begin(),
                                 running.element_schemas_.end());
  return merged;
}

}  // namespace signaling::server
