// Load for a Socket.IO server that speaks the signaling events: see ../README.md.
//
// One thread, one epoll. Order: all clients join, "ready", messages begin, warm-up, "begin", measured time, "end", what is on
// its way arrives, "result".

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <exception>
#include <string>
#include <string_view>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <utility>

#include "crowd.hpp"
#include "failure.hpp"
#include "leaving.hpp"
#include "report.hpp"
#include "scenario.hpp"
#include "settings.hpp"

namespace {

using namespace signaling::bench_load;

constexpr std::int64_t second_ns = 1'000'000'000;
constexpr std::int64_t longest_preparation_ns = 120 * second_ns;
constexpr std::int64_t longest_settling_ns = 5 * second_ns;
constexpr std::int64_t hold_ns = second_ns / 2;  // after "end": idle connections stay while the reader looks at memory

void allow_files(std::size_t clients) {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  if (clients + 20 > files.rlim_cur) {
    throw Failure("the limit of open files is " + std::to_string(files.rlim_cur) + ": too low for --clients");
  }
}

double cpu_seconds() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

/// Turns until `is_done` or the time is over. @return whether it is done
template <typename Predicate>
bool drive(Crowd& crowd, Scenario& scenario, std::int64_t duration_ns, Predicate is_done) {
  const std::int64_t deadline = crowd.now_ns() + duration_ns;
  for (std::int64_t now = crowd.now_ns(); now < deadline; now = crowd.now_ns()) {
    if (is_done()) return true;
    scenario.on_turn(now);
    crowd.flush();
    const std::int64_t until = std::min({deadline, scenario.next_due_ns(), now + second_ns});
    crowd.turn(until - crowd.now_ns(), scenario);
    crowd.flush();
  }
  return is_done();
}

/// What does not answer in time is left to the server.
void leave(Crowd& crowd) {
  const std::int64_t deadline = crowd.now_ns() + longest_settling_ns;
  for (Leaving leaving(crowd); !leaving.is_done() && crowd.now_ns() < deadline; crowd.flush()) {
    crowd.turn(deadline - crowd.now_ns(), leaving);
  }
}

Result measure(Crowd& crowd, Scenario& scenario, double seconds) {
  Result result;
  const auto never = [] { return false; };
  scenario.clear_latency();
  report_event("begin");
  const Counts before = scenario.counts();
  const std::int64_t begin_ns = crowd.now_ns();
  const double begin_cpu = cpu_seconds();
  drive(crowd, scenario, static_cast<std::int64_t>(seconds * 1e9), never);
  result.load_cpu_seconds = cpu_seconds() - begin_cpu;
  result.seconds = static_cast<double>(crowd.now_ns() - begin_ns) / 1e9;
  report_event("end");
  result.counts = scenario.counts();
  result.counts.operations -= before.operations;
  result.counts.deliveries -= before.deliveries;
  return result;
}

void run(const Settings& settings) {
  allow_files(settings.clients);
  ::prctl(PR_SET_TIMERSLACK, 1UL);
  Crowd crowd(settings);
  const auto scenario = make_scenario(crowd, settings);
  if (!drive(crowd, *scenario, longest_preparation_ns, [&] { return scenario->is_prepared(); })) {
    throw Failure("not all clients were connected and joined in time");
  }
  report_event("ready");
  scenario->start(crowd.now_ns());
  drive(crowd, *scenario, static_cast<std::int64_t>(settings.warmup_seconds * 1e9), [] { return false; });
  Result result = measure(crowd, *scenario, settings.seconds);
  const Histogram latency = scenario->latency();
  scenario->stop();
  if (settings.scenario == ScenarioKind::idle) drive(crowd, *scenario, hold_ns, [] { return false; });
  drive(crowd, *scenario, longest_settling_ns, [&] { return scenario->is_settled(); });
  result.lost = scenario->lost();
  result.counts.errors = scenario->counts().errors;
  if (settings.is_polling) leave(crowd);
  report_result(result, latency);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == "--help") {
    std::fputs(usage, stdout);
    return 0;
  }
  try {
    run(parse_settings(argc, argv));
    return 0;
  } catch (const std::exception& error) {
    report_error(error.what());
    return 1;
  }
}
