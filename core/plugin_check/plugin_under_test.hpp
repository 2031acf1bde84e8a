#pragma once
// The plugin that the command line names, loaded: in the process of one check.

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <signaling/plugin_api/config.hpp>

#include "options.hpp"
#include "plugin_library.hpp"

namespace signaling::plugin_check {

struct PluginUnderTest {
  std::unique_ptr<testing::PluginLibrary> library;
  std::string toml;
  const plugin_api::ConfigView* config = nullptr;  ///< the table, checked; as long as the process
  std::vector<std::string> events;                 ///< names that it handles, as far as the command line told
  std::optional<std::size_t> named_history_bound;

  const plugin_api::Manifest& manifest() const { return library->manifest(); }
  bool is(std::string_view kind) const { return manifest().kind == kind; }
  /// Items that an adapter keeps of a topic. Throws std::runtime_error where nothing tells.
  std::size_t history_bound() const;

  /// That of this process.
  static PluginUnderTest& get();
  /// Loads it and reads its table as the server does. Throws std::runtime_error with everything that is wrong.
  static PluginUnderTest& load(const Options& options);
};

}  // namespace signaling::plugin_check
