// Life cycle: every step within its deadline, nothing left behind, and all of it again.

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <thread>

#include "checks.hpp"
#include "plugin_life.hpp"

namespace signaling::plugin_check {

namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds limit{30};

std::ptrdiff_t entries(const char* directory) {
  std::error_code error;
  const std::filesystem::directory_iterator begin(directory, error);
  return error ? 0 : std::distance(begin, std::filesystem::directory_iterator());
}

std::ptrdiff_t threads() { return entries("/proc/self/task"); }
std::ptrdiff_t descriptors() { return entries("/proc/self/fd"); }

/// The kernel forgets a thread a moment after it was joined.
std::ptrdiff_t threads_in_the_end(std::ptrdiff_t expected) {
  const auto deadline = std::chrono::steady_clock::now() + 500ms;
  while (threads() > expected && std::chrono::steady_clock::now() < deadline) std::this_thread::sleep_for(1ms);
  return threads();
}

bool live(PluginUnderTest& plugin, Findings& findings) {
  PluginLife life(
      plugin, [&](const std::string& text) { findings.fail(text); }, [&](const std::string& text) { findings.step(text); });
  return life.begin() && life.reload() && life.end();
}

void check_validate(PluginUnderTest& plugin, Findings& findings) {
  const std::ptrdiff_t before = threads();
  PluginLife life(
      plugin, [&](const std::string& text) { findings.fail(text); }, [&](const std::string& text) { findings.step(text); });
  // `signaling-server --check` ends here.
  if (!life.create() || !life.validate() || !life.destroy()) return;
  if (threads_in_the_end(before) > before)
    findings.fail("threads run after `validate`, which has no side effects, and `destroy`");
}

void check_once(PluginUnderTest& plugin, Findings& findings) { live(plugin, findings); }

void check_again(PluginUnderTest& plugin, Findings& findings) {
  for (int i = 0; i < 3; ++i) {
    if (!live(plugin, findings)) return findings.fail("(in life " + std::to_string(i + 1) + " of 3 in one process)");
  }
}

/// What a library keeps for the process it keeps once; what grows with every life is lost.
void check_growth(PluginUnderTest& plugin, Findings& findings, const char* what, std::ptrdiff_t (*count)(std::ptrdiff_t)) {
  const std::ptrdiff_t before = count(0);
  if (!live(plugin, findings)) return;
  const std::ptrdiff_t once = count(before);
  for (int i = 0; i < 2; ++i) {
    if (!live(plugin, findings)) return;
  }
  const std::ptrdiff_t thrice = count(once);
  if (thrice > once) {
    findings.fail(std::to_string(thrice - once) + " more " + what + " after two more lives: `stop` leaves them behind");
  } else if (once > before) {
    findings.warn(std::to_string(once - before) + " " + what +
                  " stay after the first life (the plugin's own must end in `stop`)");
  }
}

void check_threads(PluginUnderTest& plugin, Findings& findings) {
  check_growth(plugin, findings, "threads",
               [](std::ptrdiff_t expected) { return threads_in_the_end(std::max<std::ptrdiff_t>(expected, 1)); });
}

void check_descriptors(PluginUnderTest& plugin, Findings& findings) {
  check_growth(plugin, findings, "file descriptors", [](std::ptrdiff_t) { return descriptors(); });
}

}  // namespace

std::vector<Check> life_checks(const Options& options) {
  const auto check = [&](const char* name, void (*run)(PluginUnderTest&, Findings&)) {
    return Check{name, limit, [&options, run](Findings& findings) { run(PluginUnderTest::load(options), findings); }, {}};
  };
  return {check("life.validate", check_validate), check("life.once", check_once), check("life.again", check_again),
          check("life.threads", check_threads), check("life.descriptors", check_descriptors)};
}

}  // namespace signaling::plugin_check
