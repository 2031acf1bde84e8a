#include <stdexcept>

#include <toml++/toml.h>

#include <signaling/test_kit/fake_config.hpp>

namespace signaling::testing {

using plugin_api::ConfigKey;
using plugin_api::KeyType;

struct FakeConfig::Reader {
  static std::int64_t milliseconds(std::string_view text) {
    std::size_t used = 0;
    const std::int64_t number = std::stoll(std::string(text), &used);
    const std::string_view unit = text.substr(used);
    return number * (unit == "ms" ? 1 : unit == "s" ? 1000 : unit == "m" ? 60'000 : 3'600'000);
  }

  static Value value(const ConfigKey& key, const toml::node& node, std::span<const ConfigKey> schema) {
    switch (key.type) {
      case KeyType::boolean: return node.value<bool>().value();
      case KeyType::integer: return node.value<std::int64_t>().value();
      case KeyType::string: return node.value<std::string>().value();
      case KeyType::duration: return milliseconds(node.value<std::string>().value());
      case KeyType::string_list: {
        std::vector<std::string> list;
        for (const auto& element : *node.as_array()) list.push_back(element.value<std::string>().value());
        return list;
      }
      case KeyType::table_list: {
        std::vector<std::unique_ptr<FakeConfig>> list;
        for (const auto& element : *node.as_array()) {
          list.push_back(std::unique_ptr<FakeConfig>(new FakeConfig));
          read(*list.back(), schema, std::string(key.name) + '.', *element.as_table());
        }
        return list;
      }
    }
    throw std::logic_error("no such type");
  }

  /// Keys of the schema that begin with `prefix` and hold no further dot.
  static void read(FakeConfig& config, std::span<const ConfigKey> schema, std::string_view prefix, const toml::table& table) {
    std::size_t known = 0;
    for (const ConfigKey& key : schema) {
      std::string_view name = key.name;
      if (!name.starts_with(prefix)) continue;
      name.remove_prefix(prefix.size());
      if (name.find('.') != std::string_view::npos) continue;
      if (const toml::node* node = table.get(name)) {
        ++known;
        config.values_.emplace(name, value(key, *node, schema));
      } else if (key.default_value != nullptr) {
        const toml::table parsed = toml::parse(std::string("value = ") + key.default_value);
        config.values_.emplace(name, value(key, *parsed.get("value"), schema));
      }
    }
    if (known != table.size()) throw std::invalid_argument("a key of the test's table is not in the schema");
  }
};

FakeConfig::FakeConfig() = default;
FakeConfig::~FakeConfig() = default;
FakeConfig::FakeConfig(std::span<const ConfigKey> schema, std::string_view toml) {
  Reader::read(*this, schema, {}, toml::parse(toml));
}

namespace {
template <class T, class Values>
const T* get(const Values& values, std::string_view key) {
  const auto found = values.find(key);
  return found == values.end() ? nullptr : std::get_if<T>(&found->second);
}
}  // namespace

bool FakeConfig::has(std::string_view key) const { return values_.contains(key); }
bool FakeConfig::boolean(std::string_view key) const {
  const auto* value = get<bool>(values_, key);
  return value != nullptr && *value;
}
std::int64_t FakeConfig::integer(std::string_view key) const {
  const auto* value = get<std::int64_t>(values_, key);
  return value == nullptr ? 0 : *value;
}
std::string_view FakeConfig::string(std::string_view key) const {
  const auto* value = get<std::string>(values_, key);
  return value == nullptr ? std::string_view() : *value;
}
std::int64_t FakeConfig::duration_ms(std::string_view key) const { return integer(key); }
std::size_t FakeConfig::size(std::string_view key) const {
  if (const auto* list = get<std::vector<std::string>>(values_, key)) return list->size();
  if (const auto* list = get<std::vector<std::unique_ptr<FakeConfig>>>(values_, key)) return list->size();
  return 0;
}
std::string_view FakeConfig::string_at(std::string_view key, std::size_t index) const {
  const auto* list = get<std::vector<std::string>>(values_, key);
  return list != nullptr && index < list->size() ? std::string_view((*list)[index]) : std::string_view();
}
const plugin_api::ConfigView* FakeConfig::table_at(std::string_view key, std::size_t index) const {
  const auto* list = get<std::vector<std::unique_ptr<FakeConfig>>>(values_, key);
  return list != nullptr && index < list->size() ? (*list)[index].get() : nullptr;
}

}  // namespace signaling::testing
