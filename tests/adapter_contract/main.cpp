// Reads what the suite is to be run over, then runs it.

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <exception>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "adapter_node.hpp"
#include "capabilities.hpp"

namespace {

std::string read_table(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error(path + ": cannot be read");
  std::ostringstream text;
  text << file.rdbuf();
  std::string table = text.str();
  constexpr std::string_view unique = "{unique}";
  const std::string word = signaling::testing::unique_name("run");
  for (auto at = table.find(unique); at != std::string::npos; at = table.find(unique)) table.replace(at, unique.size(), word);
  return table;
}

std::size_t read_count(const std::string& text) {
  std::size_t count = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (problem != std::errc() || end != text.data() + text.size() || count == 0)
    throw std::runtime_error("--history-max-items: a number from 1 on is wanted");
  return count;
}

/// The suite's own part of the command line; GoogleTest has taken its own away. Throws where it cannot be followed.
void prepare(int argc, char** argv) {
  auto& under_test = signaling::testing::AdapterUnderTest::get();
  std::optional<std::string> expected;
  std::optional<std::size_t> history_max_items;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    const std::size_t value_at = std::min(argument.find('='), argument.size() - 1) + 1;
    const std::string key = argument.substr(0, value_at), value = argument.substr(value_at);
    if (key == "--adapter=") {
      under_test.library = std::make_unique<signaling::testing::PluginLibrary>(value);
    } else if (key == "--config=") {
      under_test.toml = read_table(value);
    } else if (key == "--capabilities=") {
      expected = value;
    } else if (key == "--history-max-items=") {
      history_max_items = read_count(value);
    } else {
      throw std::runtime_error("unknown argument " + argument);
    }
  }
  if (!under_test.library) {
    if (testing::GTEST_FLAG(list_tests)) return;
    throw std::runtime_error("--adapter=FILE is missing");
  }
  if (expected) signaling::testing::check_capabilities(*under_test.library, *expected);
  under_test.history_bound = signaling::testing::history_bound(*under_test.library, under_test.toml, history_max_items);
  signaling::testing::leave_out_suites(*under_test.library);
}

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  try {
    prepare(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "adapter_contract_tests: %s\n", error.what());
    return 2;
  }
  return RUN_ALL_TESTS();
}
