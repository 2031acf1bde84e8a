#include "capabilities.hpp"

#include <cstdio>
#include <set>
#include <span>
#include <sstream>
#include <stdexcept>

#include <gtest/gtest.h>

#include <signaling/test_kit/fake_config.hpp>

namespace signaling::testing {

namespace {

struct Suite {
  const char* name;
  const char* capability;
};
/// All others are for every adapter.
constexpr Suite suites_of_capabilities[] = {{"ClusterContract", "cluster"},
                                            {"HistoryContract", "history"},
                                            {"CounterContract", "counters"},
                                            {"ClusterCounterContract", "cluster"},
                                            {"ClusterCounterContract", "counters"}};

std::set<std::string> words(std::string_view text, char separator) {
  std::set<std::string> all;
  std::istringstream stream{std::string(text)};
  for (std::string each; std::getline(stream, each, separator);) {
    if (!each.empty()) all.insert(each);
  }
  return all;
}

std::string listed(const std::set<std::string>& all) {
  std::string text;
  for (const std::string& each : all) text += (text.empty() ? "" : ", ") + each;
  return text.empty() ? "none" : text;
}

std::set<std::string> capabilities(const PluginLibrary& library) { return words(library.manifest().capabilities, ' '); }

}  // namespace

void check_capabilities(const PluginLibrary& library, std::string_view expected) {
  const std::set<std::string> wanted = words(expected, ',');
  const std::set<std::string> has = capabilities(library);
  if (wanted == has) return;
  throw std::runtime_error(std::string(library.manifest().name) + ": capabilities of the manifest: " + listed(has) +
                           "; --capabilities says: " + listed(wanted));
}

void leave_out_suites(const PluginLibrary& library) {
  const std::set<std::string> has = capabilities(library);
  std::string& filter = ::testing::GTEST_FLAG(filter);
  std::string left_out;
  for (const Suite& suite : suites_of_capabilities) {
    if (has.contains(suite.capability)) continue;
    // Behind the one dash of a filter stands what is left out.
    filter.append(filter.find('-') == std::string::npos ? "-" : ":").append(suite.name).append(".*");
    left_out.append(left_out.empty() ? "" : ", ").append(suite.name).append(" (no `").append(suite.capability).append("`)");
  }
  if (!left_out.empty()) std::printf("left out, by the manifest of %s: %s\n", library.manifest().name, left_out.c_str());
}

std::size_t history_bound(const PluginLibrary& library, const std::string& toml, std::optional<std::size_t> named) {
  if (!capabilities(library).contains("history")) return 0;
  if (named) return *named;
  const FakeConfig config(std::span(library.manifest().schema, library.manifest().schema_size), toml);
  if (config.has("history_max_items")) return static_cast<std::size_t>(config.integer("history_max_items"));
  throw std::runtime_error(std::string(library.manifest().name) +
                           " keeps a history, and neither a key history_max_items nor --history-max-items=N tells how long");
}

}  // namespace signaling::testing
