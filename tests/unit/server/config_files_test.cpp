// config/memory.toml is the documentation of the keys: nothing is missing in it, and its defaults are true.

#include <fstream>
#include <map>
#include <sstream>
#include <support/toml_lines.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signaling/server/config.hpp>

namespace signaling::server {
namespace {

using ::testing::IsEmpty;

struct Documented {
  std::string value;  ///< TOML text
  bool is_commented = false;
  std::string default_note;  ///< what follows `# default:` on the line
};

std::string read_memory_toml() {
  std::ifstream file(SIGNALING_CONFIG_DIRECTORY "/memory.toml");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// Every `key = value` and `#key = value` by its full name.
std::map<std::string, Documented> documented_keys() {
  std::map<std::string, Documented> keys;
  for (const test::TomlLine& line : test::toml_lines(read_memory_toml())) {
    Documented key{line.value, line.is_commented, {}};
    const std::size_t note = key.value.find("# default: ");
    if (note != std::string::npos) {
      key.default_note = key.value.substr(note + 11);
      key.value.erase(key.value.find_last_not_of(" #", note) + 1);
    }
    keys[line.full_name()] = key;
  }
  return keys;
}

/// Two TOML values that mean the same: `1_000` and `1000`.
bool is_same_value(const std::string& a, const std::string& b) {
  const toml::table first = toml::parse("value = " + a);
  const toml::table second = toml::parse("value = " + b);
  return first == second;
}

std::optional<std::string> no_environment(std::string_view) { return std::nullopt; }

TEST(MemoryToml, IsGoodAsItIs) {
  ConfigProblems problems;
  load_configuration(SIGNALING_CONFIG_DIRECTORY "/memory.toml", {}, no_environment, problems);
  EXPECT_THAT(problems.lines(), IsEmpty());
}

TEST(MemoryToml, DocumentsEveryKeyWithItsDefault) {
  std::map<std::string, Documented> documented = documented_keys();
  for (const ConfigKey& key : server_schema()) {
    std::string name = key.name;
    if (name == "log.components.plugin.*") name = "log.components.plugin.webrtc_signaling";
    ASSERT_TRUE(documented.contains(name)) << name << " is not in config/memory.toml";
    const Documented entry = documented[name];
    documented.erase(name);
    if (key.default_value == nullptr || name == "node.name") continue;  // an example, and a comment says so
    if (entry.is_commented) {
      EXPECT_TRUE(is_same_value(entry.value, key.default_value))
          << name << " = " << entry.value << ", default " << key.default_value;
    } else if (!is_same_value(entry.value, key.default_value)) {
      EXPECT_EQ(entry.default_note, key.default_value) << name << " is set, and its line does not tell the default";
    }
  }
  for (const auto& [name, entry] : documented) EXPECT_TRUE(name.starts_with("plugins.")) << name << " is no key of the server";
}

TEST(MemoryToml, MarksTheKeysThatReload) {
  const std::map<std::string, Documented> documented = documented_keys();
  for (const ConfigKey& key : server_schema()) {
    std::string name = key.name;
    if (name == "log.components.plugin.*") name = "log.components.plugin.webrtc_signaling";
    ASSERT_TRUE(documented.contains(name)) << name;
    EXPECT_EQ(documented.at(name).value.ends_with(" # reloads"), key.reloadable) << name;
  }
}

TEST(MemoryToml, IsGoodWithEveryCommentedLineInForce) {
  std::istringstream text(read_memory_toml());
  std::string all;
  for (std::string line; std::getline(text, line);) {
    const bool is_prose = line.starts_with("# ") || line == "#";
    all += (line.starts_with('#') && !is_prose ? line.substr(1) : line) + "\n";
  }
  ConfigProblems problems;
  const Configuration configuration =
      check_configuration(parse_document(all, "memory.toml", {}, problems), no_environment, problems);
  EXPECT_THAT(problems.lines(), IsEmpty());
  EXPECT_EQ(configuration.server.tls->key_file, "/etc/signaling/privkey.pem");
}

}  // namespace
}  // namespace signaling::server
