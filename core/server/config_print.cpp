// Effective configuration as TOML.

#include <algorithm>
#include <ostream>
#include <sstream>

#include <signaling/server/config_table.hpp>

namespace signaling::server {

namespace {

/// A basic string: with literal ones in between, the quotes would change with the text.
std::string in_quotes(std::string_view text) {
  std::ostringstream out;
  const toml::value<std::string> value{std::string(text)};
  out << toml::toml_formatter{value, toml::format_flags::allow_unicode_strings};
  return out.str();
}

std::string toml_string(std::string_view text) { return in_quotes(escape_references(text)); }

std::string toml_key(std::string_view key) {
  const bool is_bare = !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
  return is_bare ? std::string(key) : in_quotes(key);
}

}  // namespace

std::string ConfigTable::value_text(const Value& value) const {
  if (value.key->secret && value.data.index() != 0) {
    // An empty one is no secret, and a masked one in its place would mean something else when it is read again.
    const std::string* text = std::get_if<std::string>(&value.data);
    return text != nullptr && text->empty() ? "\"\"" : "\"***\"";
  }
  if (const bool* boolean = std::get_if<bool>(&value.data)) return *boolean ? "true" : "false";
  if (const std::int64_t* number = std::get_if<std::int64_t>(&value.data)) {
    if (value.key->type != KeyType::duration) return std::to_string(*number);
    return "\"" + format_duration(*number) + "\"";
  }
  if (const std::string* text = std::get_if<std::string>(&value.data)) return toml_string(*text);
  if (const auto* list = std::get_if<std::vector<std::string>>(&value.data)) {
    std::string text = "[";
    for (const std::string& element : *list) text.append(text.size() == 1 ? "" : ", ").append(toml_string(element));
    return text.append("]");
  }
  return {};
}

void ConfigTable::print(std::ostream& out) const {
  // Keys of one table stand together whatever the order of the schema, those of the table itself first: after a [header] TOML
  // has no way back.
  std::vector<std::string> sections{""};
  for (const ConfigKey& key : schema_) {
    const std::string_view name = key.name;
    const std::size_t dot = name.rfind('.');
    if (dot == std::string_view::npos) continue;
    const std::string section(name.substr(0, dot));
    const auto* list = find(section);
    if (list != nullptr && list->key->type == KeyType::table_list) continue;
    if (std::find(sections.begin(), sections.end(), section) == sections.end()) sections.push_back(section);
  }
  bool is_first = true;
  for (const std::string& section : sections) {
    std::ostringstream body;
    for (const ConfigKey& key : schema_) {
      const std::string_view pattern = key.name;
      const std::size_t dot = pattern.rfind('.');
      if ((dot == std::string_view::npos ? std::string_view{} : pattern.substr(0, dot)) != section) continue;
      if (key.type == KeyType::table_list) continue;
      for (const auto& [name, value] : values_) {
        if (value.key != &key) continue;
        if (key.help != nullptr && *key.help != '\0') body << "# " << key.help << (key.reloadable ? " [reloadable]\n" : "\n");
        const std::string text = value_text(value);
        const std::string_view last =
            section.empty() ? std::string_view(name) : std::string_view(name).substr(section.size() + 1);
        body << (text.empty() ? "# " : "") << toml_key(last) << " = " << text << '\n';
      }
    }
    const std::string header = full_name(section);
    if (body.str().empty() && !(section.empty() && !header.empty())) continue;
    if (!header.empty()) out << (is_first ? "" : "\n") << '[' << header << "]\n";
    out << body.str();
    is_first = false;
  }
  for (const auto& [name, value] : values_) {
    const auto* tables = std::get_if<std::vector<ConfigTable>>(&value.data);
    if (tables == nullptr) continue;
    for (const ConfigTable& table : *tables) {
      std::ostringstream body;
      table.print(body);
      const std::string text = body.str();
      const std::size_t line_end = text.find('\n');  // the element's own [header] becomes [[header]]
      out << "\n[[" << table.name() << "]]\n" << (line_end == std::string::npos ? "" : text.substr(line_end + 1));
    }
  }
}

}  // namespace signaling::server
