// config/auth.toml is the documentation of the keys: nothing is missing in it, and its defaults are true.
#include <auth_jwt/schema.hpp>
#include <fstream>
#include <map>
#include <sstream>
#include <support/toml_lines.hpp>

#include <gtest/gtest.h>

namespace signaling::auth_jwt {
namespace {

std::string without_underscores(std::string text) {
  std::erase(text, '_');
  return text;
}

TEST(AuthToml, DocumentsEveryKeyWithItsDefaultAndWhetherItReloads) {
  std::ostringstream text;
  text << std::ifstream(SIGNALING_CONFIG_DIRECTORY "/auth.toml").rdbuf();
  std::map<std::string, std::string> documented;
  for (const test::TomlLine& line : test::toml_lines(text.str())) {
    if (line.section.starts_with("plugins.auth_jwt")) documented[line.full_name()] = line.value;
  }
  documented.erase("plugins.auth_jwt.required");
  for (const plugin_api::ConfigKey& key : schema) {
    if (key.type == plugin_api::KeyType::table_list) continue;
    const std::string name = "plugins.auth_jwt." + std::string(key.name);
    ASSERT_TRUE(documented.contains(name)) << name << " is not in config/auth.toml";
    std::string value = documented[name];
    documented.erase(name);
    // What is in force there is an example.
    const bool is_in_force = name.ends_with("keys.algorithms") || name.ends_with("keys.secret");
    EXPECT_EQ(value.ends_with(" # reloads"), key.reloadable) << name;
    if (value.ends_with(" # reloads")) value.erase(value.find_last_not_of(' ', value.rfind(" # reloads")) + 1);
    if (key.default_value == nullptr || is_in_force) continue;
    EXPECT_EQ(without_underscores(value), without_underscores(key.default_value)) << name;
  }
  for (const auto& [name, value] : documented) ADD_FAILURE() << name << " is no key of the plugin";
}

}  // namespace
}  // namespace signaling::auth_jwt
