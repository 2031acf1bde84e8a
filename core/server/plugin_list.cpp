#include <algorithm>
#include <array>
#include <fstream>
#include <ostream>
#include <set>
#include <string_view>
#include <system_error>

#include <boost/json.hpp>

#include <signaling/plugin_api/version.hpp>
#include <signaling/server/manifest_check.hpp>
#include <signaling/server/plugin_list.hpp>

namespace signaling::server {

namespace {

namespace json = boost::json;

// A manifest's texts are bounded to less than 1 KiB together; what is larger is something else.
constexpr std::size_t max_manifest_file_bytes = 64 * 1024;

std::string text_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

/// Fills in what `<name>.json` says; its problem where there is none or it cannot be read.
void read_manifest_file(ListedPlugin& plugin) {
  const std::filesystem::path path = std::filesystem::path(plugin.file).replace_extension(".json");
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    plugin.problem = "no manifest file " + path.filename().string();
    return;
  }
  std::string text(max_manifest_file_bytes, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  boost::system::error_code error;
  const json::value value = json::parse(text, error);
  if (error || !value.is_object() || !value.get_object().contains("signaling_plugin")) {
    plugin.problem = path.filename().string() + " is no manifest file";
    return;
  }
  const json::object& object = value.get_object();
  plugin.kind = text_of(object, "kind");
  plugin.version = text_of(object, "version");
  plugin.vendor = text_of(object, "vendor");
  plugin.capabilities = text_of(object, "capabilities");
  plugin.api = text_of(object, "api");
  plugin.toolchain = text_of(object, "toolchain");
  const ManifestVerdict verdict = check_versions(plugin.api, plugin.toolchain, {});
  for (const std::string& difference : verdict.differences)
    plugin.problem.append(plugin.problem.empty() ? "" : "; ").append(difference);
  const std::string name = text_of(object, "name");
  if (name != plugin.name) {
    plugin.problem.append(plugin.problem.empty() ? "" : "; ").append("it calls itself \"" + name + "\"");
  }
}

/// Control characters of a foreign file must not reach the terminal.
std::string printable(std::string_view text) {
  std::string out(text);
  std::replace_if(
      out.begin(), out.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
  return out;
}

}  // namespace

std::vector<ListedPlugin> list_plugins(std::span<const std::filesystem::path> directories) {
  std::vector<ListedPlugin> plugins;
  std::set<std::string> seen;
  for (const std::filesystem::path& directory : directories) {
    std::vector<ListedPlugin> here;
    std::error_code error;
    std::filesystem::directory_iterator entries(directory, error);
    for (; !error && entries != std::filesystem::directory_iterator(); entries.increment(error)) {
      if (entries->path().extension() != ".so") continue;
      here.emplace_back();
      here.back().file = entries->path();
      here.back().name = entries->path().stem().string();
      read_manifest_file(here.back());
    }
    std::sort(here.begin(), here.end(), [](const ListedPlugin& a, const ListedPlugin& b) { return a.name < b.name; });
    for (ListedPlugin& plugin : here) {
      if (!seen.insert(plugin.name).second) {
        plugin.problem.append(plugin.problem.empty() ? "" : "; ").append("hidden by the one in a directory before");
      }
      plugins.push_back(std::move(plugin));
    }
  }
  return plugins;
}

void print_plugin_table(std::ostream& out, std::span<const ListedPlugin> plugins,
                        std::span<const std::filesystem::path> directories) {
  out << "Plugins for API " << plugin_api::api_major << '.' << plugin_api::api_minor << " in";
  for (const std::filesystem::path& directory : directories) out << ' ' << directory.string();
  out << '\n';
  using Row = std::array<std::string, 5>;
  std::vector<Row> rows{{"NAME", "KIND", "VERSION", "API", "STATE"}};
  for (const ListedPlugin& plugin : plugins) {
    const auto or_dash = [](const std::string& text) { return text.empty() ? std::string("-") : printable(text); };
    rows.push_back({printable(plugin.name), or_dash(plugin.kind), or_dash(plugin.version), or_dash(plugin.api),
                    plugin.problem.empty() ? "compatible" : printable(plugin.problem)});
  }
  std::array<std::size_t, 5> widths{};
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  for (const Row& row : rows) {
    for (std::size_t i = 0; i + 1 < row.size(); ++i) out << row[i] << std::string(widths[i] - row[i].size() + 2, ' ');
    out << row.back() << '\n';
  }
  if (plugins.empty()) out << "none\n";
}

void print_plugin_json(std::ostream& out, std::span<const ListedPlugin> plugins) {
  out << '[';
  const char* separator = "\n";
  for (const ListedPlugin& plugin : plugins) {
    const json::object object{{"name", plugin.name},
                              {"kind", plugin.kind},
                              {"version", plugin.version},
                              {"vendor", plugin.vendor},
                              {"capabilities", plugin.capabilities},
                              {"api", plugin.api},
                              {"toolchain", plugin.toolchain},
                              {"file", plugin.file.string()},
                              {"compatible", plugin.problem.empty()},
                              {"problem", plugin.problem}};
    out << separator << json::serialize(object);
    separator = ",\n";
  }
  out << "\n]\n";
}

}  // namespace signaling::server
