#include "plugin_under_test.hpp"

#include <stdexcept>

#include <signaling/server/config_document.hpp>
#include <signaling/server/config_table.hpp>

namespace signaling::plugin_check {

namespace {

/// The table refers to the document.
struct CheckedTable {
  server::ConfigDocument document;
  std::unique_ptr<server::ConfigTable> table;
};

const server::ConfigTable& checked_table(const Options& options, std::span<const plugin_api::ConfigKey> schema) {
  static CheckedTable checked;
  server::ConfigProblems problems;
  const std::string source = options.table_file.empty() ? "defaults" : options.table_file;
  checked.document = server::parse_document(options.table, source, {}, problems);
  checked.table = std::make_unique<server::ConfigTable>(
      schema, server::ConfigTable::Source{&checked.document.root, "", checked.document.place()}, server::process_environment(),
      problems);
  std::string all;
  for (const std::string& line : problems.lines()) all += (all.empty() ? "" : "\n") + line;
  if (!all.empty() && options.table_file.empty()) all += "\n(a table for the checks is given by --config FILE)";
  if (!all.empty()) throw std::runtime_error(all);
  return *checked.table;
}

}  // namespace

PluginUnderTest& PluginUnderTest::get() {
  static PluginUnderTest instance;
  return instance;
}

PluginUnderTest& PluginUnderTest::load(const Options& options) {
  PluginUnderTest& plugin = get();
  plugin.library = std::make_unique<testing::PluginLibrary>(options.plugin);
  plugin.toml = options.table;
  plugin.events = options.events;
  plugin.named_history_bound = options.history_max_items;
  plugin.config = &checked_table(options, {plugin.manifest().schema, plugin.manifest().schema_size});
  return plugin;
}

std::size_t PluginUnderTest::history_bound() const {
  if (named_history_bound) return *named_history_bound;
  if (config->has("history_max_items")) return static_cast<std::size_t>(config->integer("history_max_items"));
  throw std::runtime_error(std::string(manifest().name) +
                           " keeps a history, and neither a key history_max_items nor --history-max-items=N tells how long");
}

}  // namespace signaling::plugin_check
