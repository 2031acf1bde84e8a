#include <cstring>
#include <cxxabi.h>
#include <memory>
#include <set>

#include <signaling/plugin_api/manifest.hpp>
#include <signaling/server/plugin_config.hpp>

#include "checks.hpp"
#include "exported_symbols.hpp"
#include "plugin_under_test.hpp"

namespace signaling::plugin_check {

namespace {

constexpr std::chrono::seconds limit{30};
constexpr std::size_t shown_symbols = 10;

void check_load(const Options& options, Findings& findings) {
  findings.step("dlopen");
  try {
    const testing::PluginLibrary library(options.plugin);
  } catch (const std::runtime_error& error) {
    findings.fail(error.what());  // the dynamic linker names the symbol or library that is missing
  }
}

std::string readable(const std::string& name) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> text(abi::__cxa_demangle(name.c_str(), nullptr, nullptr, &status), std::free);
  return text ? text.get() : name;
}

void check_exports(const Options& options, Findings& findings) {
  std::string others;
  std::size_t count = 0;
  for (const std::string& name : exported_symbols(options.plugin)) {
    if (name == plugin_api::manifest_symbol) continue;
    if (++count <= shown_symbols) others += "\n  " + readable(name);
  }
  if (count == 0) return;
  if (count > shown_symbols) others += "\n  and " + std::to_string(count - shown_symbols) + " more";
  findings.warn("it exports more than " + std::string(plugin_api::manifest_symbol) +
                ", which is all that a server looks at and what signaling_add_plugin leaves:" + others);
}

void check_schema(const Options& options, Findings& findings) {
  const testing::PluginLibrary library(options.plugin);
  const std::span<const plugin_api::ConfigKey> schema(library.manifest().schema, library.manifest().schema_size);
  for (const std::string& error : server::check_schema(schema)) findings.fail(error);
  for (const plugin_api::ConfigKey& key : schema) {
    if (key.name == nullptr) return;  // told above
    const std::string name = key.name;
    if (name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_.") != name.npos)
      findings.warn(name + ": names of keys are written a-z, 0-9 and _");
    if (key.help == nullptr || *key.help == '\0') findings.warn(name + ": no help, which --print-config shows");
    if (key.required && key.default_value != nullptr)
      findings.warn(name + ": it is required, so that its default is never used");
    for (const char* word : {"password", "secret", "token"}) {
      if (name.ends_with(word) && key.type == plugin_api::KeyType::string && !key.secret)
        findings.warn(name + ": not marked secret, so that --print-config shows it");
    }
  }
}

void check_configuration(const Options& options, Findings& findings) {
  try {
    PluginUnderTest::load(options);
  } catch (const std::runtime_error& error) {
    findings.fail(error.what());
  }
}

}  // namespace

std::vector<Check> library_checks(const Options& options) {
  const auto check = [&](const char* name, void (*run)(const Options&, Findings&)) {
    return Check{name, limit, [&options, run](Findings& findings) { run(options, findings); }, {}};
  };
  return {check("load", check_load), check("exports", check_exports), check("schema", check_schema),
          check("configuration", check_configuration)};
}

}  // namespace signaling::plugin_check
