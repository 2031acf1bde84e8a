#include <algorithm>
#include <exception>
#include <iterator>
#include <utility>

#include <signaling/server/config_text.hpp>
#include <signaling/server/life_calls.hpp>
#include <signaling/server/process_threads.hpp>

namespace signaling::server {

LifeCalls::Outcome LifeCalls::make(std::string_view plugin, std::string_view what, std::chrono::milliseconds deadline,
                                   std::function<void()> call) {
  using Steady = std::chrono::steady_clock;
  Outcome outcome;
  const auto before = Steady::now();
  const auto escaped = std::make_shared<std::string>();  // shared: a late call still writes to it
  const std::vector<int> threads_before = process_threads();
  const bool is_done = thread_.run(
      [call = std::move(call), escaped] {
        try {
          call();
        } catch (const std::exception& exception) {
          *escaped = exception.what();
          if (escaped->empty()) *escaped = "an exception without text";
        } catch (...) {
          *escaped = "something that is no std::exception was thrown";
        }
      },
      deadline);
  outcome.is_late = !is_done;
  if (outcome.is_late) return outcome;
  const std::vector<int> threads_now = process_threads();
  std::set_difference(threads_now.begin(), threads_now.end(), threads_before.begin(), threads_before.end(),
                      std::back_inserter(outcome.threads));
  outcome.error = *escaped;
  const std::chrono::duration<double, std::milli> time = Steady::now() - before;
  log_->debug("{}: {} took {:.1f} ms", plugin, what, time.count());
  return outcome;
}

std::string LifeCalls::late_text(std::string_view what, std::chrono::milliseconds deadline) {
  return std::string(what) + " was not done within " + format_duration(deadline.count()) +
         "; what hangs cannot be ended, so the server ends";
}

}  // namespace signaling::server
