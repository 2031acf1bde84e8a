// GoogleTest's tests of this program as checks.

#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include <signaling/server/manifest_check.hpp>

#include "checks.hpp"
#include "plugin_under_test.hpp"

namespace signaling::plugin_check {

namespace {

constexpr std::chrono::seconds limit{30};
constexpr std::chrono::seconds adapter_limit{120};  // they wait for a backend

struct Suite {
  const char* name;
  const char* capability;
};
/// All other suites of adapters are for every adapter.
constexpr Suite suites_of_capabilities[] = {{"ClusterContract", "cluster"},
                                            {"HistoryContract", "history"},
                                            {"CounterContract", "counters"},
                                            {"ClusterCounterContract", "cluster"},
                                            {"ClusterCounterContract", "counters"}};

std::string_view kind_of(std::string_view suite) {
  if (suite.starts_with("ApplicationContract")) return "application";
  return suite.starts_with("MiddlewareContract") ? "middleware" : "adapter";
}

std::set<std::string> words(std::string_view text) {
  std::istringstream stream{std::string(text)};
  std::set<std::string> all;
  for (std::string word; stream >> word;) all.insert(word);
  return all;
}

/// Empty, or the capability that is missing.
std::string missing_capability(std::string_view suite, const std::set<std::string>& capabilities) {
  for (const Suite& each : suites_of_capabilities) {
    if (suite == each.name && !capabilities.contains(each.capability)) return each.capability;
  }
  return {};
}

class Listener final : public ::testing::EmptyTestEventListener {
 public:
  explicit Listener(Findings& findings) : findings_(findings) {}

 private:
  void OnTestPartResult(const ::testing::TestPartResult& result) override {
    if (!result.failed()) return;
    // From anywhere in the process, adapters' threads as well: what is written is one message.
    std::string_view text = result.message();
    if (constexpr std::string_view of_add_failure = "Failed\n"; text.starts_with(of_add_failure))
      text.remove_prefix(of_add_failure.size());
    findings_.fail(std::string(text));
  }
  Findings& findings_;
};

void run_test(const Options& options, const std::string& name, Findings& findings) {
  PluginUnderTest::load(options);
  GTEST_FLAG_SET(filter, name);
  ::testing::TestEventListeners& listeners = ::testing::UnitTest::GetInstance()->listeners();
  delete listeners.Release(listeners.default_result_printer());
  listeners.Append(new Listener(findings));
  findings.step(name);
  [[maybe_unused]] const int told_by_the_listener = RUN_ALL_TESTS();
  if (::testing::UnitTest::GetInstance()->test_to_run_count() != 1) findings.fail("there is no test " + name);
}

}  // namespace

std::vector<Check> contract_checks(const Options& options, const plugin_api::Manifest& manifest) {
  const std::string_view kind = server::manifest_text(manifest.kind);
  const auto capabilities = words(server::manifest_text(manifest.capabilities));
  std::vector<Check> checks;
  const ::testing::UnitTest& all = *::testing::UnitTest::GetInstance();
  for (int i = 0; i < all.total_test_suite_count(); ++i) {
    const ::testing::TestSuite& suite = *all.GetTestSuite(i);
    if (kind_of(suite.name()) != kind) continue;
    const std::string missing = missing_capability(suite.name(), capabilities);
    if (!missing.empty()) {
      checks.push_back(
          {std::string("contract.") + suite.name(), limit, {}, "the manifest has no capability `" + missing + "`"});
      continue;
    }
    for (int j = 0; j < suite.total_test_count(); ++j) {
      const std::string name = std::string(suite.name()) + '.' + suite.GetTestInfo(j)->name();
      checks.push_back({"contract." + name,
                        kind == "adapter" ? adapter_limit : limit,
                        [&options, name](Findings& findings) { run_test(options, name, findings); },
                        {}});
    }
  }
  return checks;
}

}  // namespace signaling::plugin_check
