#include "config_reader.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

namespace signaling::server {

namespace {

std::string_view type_name(const toml::node& node) noexcept {
  switch (node.type()) {
    case toml::node_type::table: return "a table";
    case toml::node_type::array: return "a list";
    case toml::node_type::string: return "a string";
    case toml::node_type::integer: return "an integer";
    case toml::node_type::floating_point: return "a number with a fraction";
    case toml::node_type::boolean: return "a boolean";
    case toml::node_type::none: return "nothing";
    default: return "a date or time";
  }
}

bool is_bounded(const ConfigKey& key) noexcept { return key.min != 0 || key.max != 0; }
bool is_within(const ConfigKey& key, std::int64_t number) noexcept {
  return !is_bounded(key) || (number >= key.min && number <= key.max);
}

/// ` from 1 to 9`, ` of at least 1`, or nothing.
std::string range_text(const ConfigKey& key, std::string (*format)(std::int64_t)) {
  if (!is_bounded(key)) return {};
  if (key.max == std::numeric_limits<std::int64_t>::max()) return " of at least " + format(key.min);
  return " from " + format(key.min) + " to " + format(key.max);
}

std::string decimal(std::int64_t number) { return std::to_string(number); }

std::optional<std::int64_t> parse_integer(std::string_view text) noexcept {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    std::string_view part = text.substr(0, comma);
    while (part.starts_with(' ')) part.remove_prefix(1);
    while (part.ends_with(' ')) part.remove_suffix(1);
    if (!part.empty()) parts.emplace_back(part);
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
  }
  return parts;
}

std::string in_quotes(std::string_view text) { return "\"" + std::string(text) + "\""; }

}  // namespace

std::string describe_allowed(const ConfigKey& key) {
  const std::string words = key.allowed == nullptr ? std::string() : list_words(key.allowed);
  switch (key.type) {
    case KeyType::boolean: return "true or false";
    case KeyType::integer: return "an integer" + range_text(key, decimal);
    case KeyType::duration: return "a duration such as \"25s\" (units ms, s, m, h)" + range_text(key, format_duration);
    case KeyType::string:
      if (!words.empty()) return words;
      return is_bounded(key) ? "a string" + range_text(key, decimal) + " bytes long" : "a string";
    case KeyType::string_list: {
      std::string text = "a list of strings";
      if (!words.empty()) text.append(" out of ").append(words);
      return is_bounded(key) ? text + "," + range_text(key, decimal) + " elements" : text;
    }
    case KeyType::table_list: {
      const std::string text = "tables ([[" + std::string(key.name) + "]])";
      return is_bounded(key) ? text + "," + range_text(key, decimal) + " of them" : text;
    }
  }
  return {};
}

ConfigPlace ConfigTable::Reader::place_of_node(const toml::node& node) const {
  if (node.source().path) return place_of(node.source());
  // Tables that `--set a.b.c=1` made on its way have no place of their own: that of what stands in them.
  if (const toml::table* table = node.as_table(); table != nullptr && !table->empty())
    return place_of_node(table->begin()->second);
  return target_.place_;
}

void ConfigTable::Reader::report(const toml::node& node, const std::string& name, std::string_view message) {
  problems_.add(place_of_node(node), target_.full_name(name), message);
}

void ConfigTable::Reader::report_value(const ConfigKey& key, const toml::node& node, const std::string& name,
                                       std::string_view found, std::string_view message) {
  std::string text = key.secret ? std::string("the value") : std::string(found);
  report(node, name, text.append(" ").append(message).append(", allowed: ").append(describe_allowed(key)));
}

const ConfigKey* ConfigTable::Reader::schema_key(std::string_view name) const {
  const std::size_t dot = name.rfind('.');
  for (const ConfigKey& key : target_.schema_) {
    const std::string_view pattern = key.name;
    if (pattern == name) return &key;
    if (pattern.ends_with(".*") && dot != std::string_view::npos &&
        pattern.substr(0, pattern.size() - 2) == name.substr(0, dot))
      return &key;
  }
  return nullptr;
}

bool ConfigTable::Reader::is_section(std::string_view name) const {
  return std::any_of(target_.schema_.begin(), target_.schema_.end(), [name](const ConfigKey& key) {
    const std::string_view pattern = key.name;
    return pattern.size() > name.size() && pattern.starts_with(name) && pattern[name.size()] == '.';
  });
}

void ConfigTable::Reader::read_table(const toml::table& table, const std::string& prefix) {
  for (const auto& [toml_key, node] : table) {
    const std::string name = prefix.empty() ? std::string(toml_key.str()) : prefix + "." + std::string(toml_key.str());
    if (const ConfigKey* key = schema_key(name)) {
      read_key(*key, node, name);
    } else if (is_section(name)) {
      if (const toml::table* section = node.as_table())
        read_table(*section, name);
      else
        report(node, name, "found " + std::string(type_name(node)) + ", allowed: a table ([" + target_.full_name(name) + "])");
    } else {
      report_unknown(toml_key, node, prefix, name);
    }
  }
}

void ConfigTable::Reader::report_unknown(const toml::key& key, const toml::node& node, const std::string& prefix,
                                         const std::string& name) {
  std::vector<std::string> names;  // keys and tables there are, by full name
  std::string here;                // those of the same table
  for (const ConfigKey& known : target_.schema_) {
    std::string_view path = known.name;
    if (path.ends_with(".*")) path.remove_suffix(2);
    for (std::size_t end = path.find('.');; end = path.find('.', end + 1)) {
      std::string part(path.substr(0, end));
      if (std::find(names.begin(), names.end(), part) == names.end()) {
        const std::size_t dot = part.rfind('.');
        if (prefix == (dot == std::string::npos ? std::string() : part.substr(0, dot)))
          here.append(here.empty() ? "" : ", ").append(part.substr(dot == std::string::npos ? 0 : dot + 1));
        names.push_back(std::move(part));
      }
      if (end == std::string_view::npos) break;
    }
  }
  const std::vector<std::string_view> candidates(names.begin(), names.end());
  const std::string_view nearest = nearest_word(name, candidates);
  const std::string what = node.is_table() ? "unknown table" : "unknown key";
  const std::string hint = nearest.empty() ? ", allowed here: " + here : ", did you mean " + target_.full_name(nearest) + "?";
  const ConfigPlace place = key.source().path ? place_of(key.source()) : place_of_node(node);
  problems_.add(place, target_.full_name(name), what + hint);
}

void ConfigTable::Reader::read_key(const ConfigKey& key, const toml::node& node, const std::string& name) {
  Value value;
  value.key = &key;
  value.place = place_of_node(node);
  value.is_configured = true;
  value.data = read_value(key, node, name);
  // A wrong value has been reported and takes the default, so that later checks have something to read.
  if (value.data.index() != 0)
    target_.values_[name] = std::move(value);
  else
    target_.values_.insert_or_assign(name, Value{&key, {}, value.place, true});
}

std::optional<ConfigTable::Reader::Text> ConfigTable::Reader::text_of(const ConfigKey& key, const toml::node& node,
                                                                      const std::string& name) {
  const ConfigPlace place = place_of_node(node);
  const toml::value<std::string>* string = node.as_string();
  if (string == nullptr) {
    // `--set node.name=3`: a string key takes the text as it was typed, whatever TOML makes of it.
    if (place.set_key() != target_.full_name(name) || node.is_table() || node.is_array()) return std::nullopt;
    return Text{std::string(place.set_value()), true};
  }
  Expansion expansion = expand_environment(string->get(), environment_);
  if (!expansion.error.empty()) {
    report(node, name, key.secret && expansion.error.starts_with('"') ? "environment reference is malformed" : expansion.error);
    return std::nullopt;
  }
  return Text{std::move(expansion.text), expansion.from_environment || place.is_command_line()};
}

ConfigTable::Data ConfigTable::Reader::read_value(const ConfigKey& key, const toml::node& node, const std::string& name) {
  if (key.type == KeyType::string_list) return read_list(key, node, name);
  if (key.type == KeyType::table_list) return read_tables(key, node, name);
  if (key.type == KeyType::boolean) {
    if (const toml::value<bool>* boolean = node.as_boolean()) return boolean->get();
  }
  if (key.type == KeyType::integer) {
    if (const toml::value<std::int64_t>* integer = node.as_integer()) return checked_number(key, node, name, integer->get());
  }
  const std::size_t problems_before = problems_.size();
  const std::optional<Text> text = text_of(key, node, name);
  if (problems_.size() != problems_before) return {};
  const bool takes_text = key.type == KeyType::string || key.type == KeyType::duration;
  if (!text || (!takes_text && !text->is_convertible)) {
    report(node, name, "found " + std::string(type_name(node)) + ", allowed: " + describe_allowed(key));
    return {};
  }
  if (key.type == KeyType::string) return checked_string(key, node, name, text->text);
  if (key.type == KeyType::boolean) {
    if (text->text == "true" || text->text == "false") return text->text == "true";
    report_value(key, node, name, in_quotes(text->text), "is no boolean");
    return {};
  }
  const bool is_duration = key.type == KeyType::duration;
  const std::optional<std::int64_t> number = is_duration ? parse_duration(text->text) : parse_integer(text->text);
  if (number) return checked_number(key, node, name, *number);
  report_value(key, node, name, in_quotes(text->text), is_duration ? "is no duration" : "is no integer");
  return {};
}

ConfigTable::Data ConfigTable::Reader::checked_number(const ConfigKey& key, const toml::node& node, const std::string& name,
                                                      std::int64_t number) {
  if (is_within(key, number)) return number;
  report_value(key, node, name, key.type == KeyType::duration ? in_quotes(format_duration(number)) : decimal(number),
               "is out of range");
  return {};
}

ConfigTable::Data ConfigTable::Reader::checked_string(const ConfigKey& key, const toml::node& node, const std::string& name,
                                                      std::string text) {
  if (key.allowed != nullptr && !is_listed(text, key.allowed)) {
    report_value(key, node, name, in_quotes(text), "is not known");
    return {};
  }
  // Bounds of a list count its elements, not the bytes of each.
  if (key.type == KeyType::string && !is_within(key, static_cast<std::int64_t>(text.size()))) {
    report(node, name, "is " + std::to_string(text.size()) + " bytes long, allowed: " + describe_allowed(key));
    return {};
  }
  return text;
}

ConfigTable::Data ConfigTable::Reader::read_list(const ConfigKey& key, const toml::node& node, const std::string& name) {
  std::vector<std::string> list;
  const std::size_t problems_before = problems_.size();
  if (const toml::array* array = node.as_array()) {
    for (const toml::node& element : *array) {
      if (!element.is_string()) {
        report(element, name, "found " + std::string(type_name(element)) + " in the list, allowed: " + describe_allowed(key));
      } else if (std::optional<Text> text = text_of(key, element, name)) {
        Data data = checked_string(key, element, name, std::move(text->text));
        if (std::string* string = std::get_if<std::string>(&data)) list.push_back(std::move(*string));
      }
    }
  } else {
    const std::optional<Text> text = text_of(key, node, name);
    if (text && text->is_convertible) {
      for (std::string& part : split_list(text->text)) {
        Data data = checked_string(key, node, name, std::move(part));
        if (std::string* string = std::get_if<std::string>(&data)) list.push_back(std::move(*string));
      }
    } else if (problems_.size() == problems_before) {
      report(node, name, "found " + std::string(type_name(node)) + ", allowed: " + describe_allowed(key));
    }
  }
  if (problems_.size() != problems_before) return {};
  if (!is_within(key, static_cast<std::int64_t>(list.size()))) {
    report(node, name, "has " + std::to_string(list.size()) + " elements, allowed: " + describe_allowed(key));
    return {};
  }
  return list;
}

ConfigTable::Data ConfigTable::Reader::read_tables(const ConfigKey& key, const toml::node& node, const std::string& name) {
  const toml::array* array = node.as_array();
  if (array == nullptr || !std::all_of(array->begin(), array->end(), [](const toml::node& n) { return n.is_table(); })) {
    report(node, name, "found " + std::string(type_name(node)) + ", allowed: " + describe_allowed(key));
    return {};
  }
  if (!is_within(key, static_cast<std::int64_t>(array->size()))) {
    report(node, name, "has " + std::to_string(array->size()) + " elements, allowed: " + describe_allowed(key));
    return {};
  }
  auto schema = std::make_shared<std::vector<ConfigKey>>();
  const std::string prefix = std::string(key.name) + ".";
  for (ConfigKey inner : target_.schema_) {
    if (!std::string_view(inner.name).starts_with(prefix)) continue;
    inner.name += prefix.size();
    schema->push_back(inner);
  }
  target_.element_schemas_.push_back(schema);
  std::vector<ConfigTable> tables;
  tables.reserve(array->size());
  for (const toml::node& element : *array) {
    const Source source{element.as_table(), target_.full_name(name), place_of_node(element)};
    tables.emplace_back(std::span<const ConfigKey>(*schema), source, environment_, problems_);
  }
  return tables;
}

void ConfigTable::Reader::add_defaults() {
  std::vector<std::string> inner;  // `list.` of every table_list: its keys belong to the elements
  for (const ConfigKey& key : target_.schema_) {
    if (key.type == KeyType::table_list) inner.push_back(std::string(key.name) + ".");
  }
  for (const ConfigKey& key : target_.schema_) {
    const std::string name = key.name;
    if (name.ends_with(".*")) continue;
    if (std::any_of(inner.begin(), inner.end(), [&name](const std::string& list) { return name.starts_with(list); })) continue;
    const auto written = target_.values_.find(name);
    if (written != target_.values_.end() && written->second.data.index() != 0) continue;
    if (written == target_.values_.end() && key.required)
      problems_.add(target_.place_, target_.full_name(name), "is required, allowed: " + describe_allowed(key));
    Value& value = target_.values_[name];
    value.key = &key;
    value.is_configured = false;
    if (key.default_value == nullptr) continue;
    // A default is the schema's own TOML text; what is wrong with it is a mistake of the schema's author and told like any.
    try {
      const toml::table table = toml::parse("value = " + std::string(key.default_value), std::string("default of ") + name);
      value.data = read_value(key, *table.get("value"), name);
    } catch (const toml::parse_error&) {
      problems_.add(target_.place_, target_.full_name(name), "has a default that is no TOML value");
    }
  }
}

}  // namespace signaling::server
