// signaling-plugin-check: command line, order of the checks, exit code.

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <iostream>

#include <gtest/gtest.h>

#include "checks.hpp"
#include "child_process.hpp"
#include "report.hpp"

namespace {

using namespace signaling::plugin_check;

constexpr int exit_failed = 1;
constexpr int exit_nothing_checked = 2;

bool is_wanted(const Options& options, const std::string& name) {
  return options.only.empty() || std::any_of(options.only.begin(), options.only.end(),
                                             [&](const std::string& word) { return name.find(word) != name.npos; });
}

class Run {
 public:
  explicit Run(const Options& options) : options_(options) {}

  void add(CheckResult result) {
    if (!options_.is_json) print_result(std::cout, result);
    results_.push_back(std::move(result));
  }
  /// What later checks build on is made in any case, and told where it failed or is wanted. False where it failed.
  bool make(const Check& check, bool is_needed) {
    if (!is_wanted(options_, check.name) && !is_needed) return true;
    CheckResult result{check.name, CheckState::left_out, {check.left_out}, 0};
    if (check.left_out.empty()) result = run_in_child(check.name, options_.time_limit.value_or(check.limit), check.run);
    const bool is_well = result.state != CheckState::failed;
    if (is_wanted(options_, check.name) || !is_well) add(std::move(result));
    return is_well;
  }
  const std::vector<CheckResult>& results() const { return results_; }

 private:
  const Options& options_;
  std::vector<CheckResult> results_;
};

void leave_out(const Options& options, Run& run, const std::string& why) {
  for (const char* name : {"life", "contract"}) {
    if (is_wanted(options, name)) run.add({name, CheckState::left_out, {why}, 0});
  }
}

void check(const Options& options, Run& run) {
  signaling::plugin_api::Manifest manifest{};
  CheckResult of_manifest = check_manifest(options, manifest);
  const bool has_manifest = of_manifest.state != CheckState::failed;
  if (is_wanted(options, "manifest") || !has_manifest) run.add(std::move(of_manifest));
  if (!has_manifest) return leave_out(options, run, "no server would load it");
  for (const Check& each : library_checks(options)) {
    if (!run.make(each, each.name != "exports") && each.name != "exports")
      return leave_out(options, run, "it cannot be run: see " + each.name);
  }
  bool is_alive = true;
  for (const Check& each : life_checks(options)) {
    is_alive = run.make(each, each.name == "life.once") && is_alive;
    if (!is_alive && each.name == "life.validate") break;  // it does not get further in any of them
  }
  if (!is_alive) {
    if (is_wanted(options, "contract")) run.add({"contract", CheckState::left_out, {"its life cycle comes first"}, 0});
    return;
  }
  for (const Check& each : contract_checks(options, manifest)) run.make(each, false);
}

}  // namespace

int main(int argc, char** argv) {
  ::signal(SIGPIPE, SIG_IGN);
  int none = 1;
  ::testing::InitGoogleTest(&none, argv);
  try {
    const Options options = parse_options({argv + 1, argv + argc});
    if (options.wants_help) {
      std::cout << help_text();
      return 0;
    }
    if (!std::filesystem::exists(options.plugin)) throw UsageError(options.plugin + ": no such file");
    Run run(options);
    check(options, run);
    if (run.results().empty()) throw UsageError("no check's name holds a word of --only");
    if (options.is_json)
      print_json(std::cout, options.plugin, run.results());
    else
      print_summary(std::cout, run.results());
    return has_failed(run.results()) ? exit_failed : 0;
  } catch (const std::exception& error) {
    std::cerr << "signaling-plugin-check: " << error.what() << '\n';
    return exit_nothing_checked;
  }
}
