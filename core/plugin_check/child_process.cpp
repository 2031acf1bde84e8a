#include "child_process.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <poll.h>
#include <stdexcept>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace signaling::plugin_check {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t shown_output_bytes = 2'000;
constexpr std::size_t shown_failures = 10;

/// A message is its kind, its length and its bytes.
std::string packed(char kind, const std::string& text) {
  const auto size = static_cast<std::uint32_t>(text.size());
  std::string message(1, kind);
  message.append(reinterpret_cast<const char*>(&size), sizeof size);
  return message + text;
}

struct Told {
  std::vector<std::string> failures;
  std::vector<std::string> warnings;
  std::string step;
  bool is_finished = false;

  void read(std::string& bytes) {
    std::uint32_t size = 0;
    while (bytes.size() >= 1 + sizeof size) {
      std::memcpy(&size, bytes.data() + 1, sizeof size);
      if (bytes.size() - 1 - sizeof size < size) return;
      const std::string text = bytes.substr(1 + sizeof size, size);
      switch (bytes[0]) {
        case 'F': failures.push_back(text); break;
        case 'W': warnings.push_back(text); break;
        case 'S': step = text; break;
        default: is_finished = true;
      }
      bytes.erase(0, 1 + sizeof size + size);
    }
  }
};

[[noreturn]] void be_the_child(int pipe, int output, const std::function<void(Findings&)>& check) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  Findings findings(pipe);
  try {
    check(findings);
  } catch (const std::exception& error) {
    findings.fail(std::string("an exception ended the check: ") + error.what());
  } catch (...) {
    findings.fail("an exception that is no std::exception ended the check");
  }
  findings.finish();
  // No destructors: those of the plugin's library are not what the check is about.
  ::_exit(0);
}

/// What the child has printed, its end where it is long.
std::string output_of(int descriptor) {
  const off_t size = ::lseek(descriptor, 0, SEEK_END);
  const off_t from = size > static_cast<off_t>(shown_output_bytes) ? size - static_cast<off_t>(shown_output_bytes) : 0;
  std::string text(static_cast<std::size_t>(size - from), '\0');
  const ssize_t count = ::pread(descriptor, text.data(), text.size(), from);
  text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

/// Reads what the child tells until it has closed the pipe. False where the time was up.
bool listen_to(int pipe, Clock::time_point deadline, Told& told) {
  std::string bytes;
  while (true) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) return false;
    pollfd waiting{pipe, POLLIN, 0};
    if (::poll(&waiting, 1, static_cast<int>(std::min<long>(left, 60'000))) <= 0) continue;
    char buffer[4096];
    const ssize_t count = ::read(pipe, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return true;
    bytes.append(buffer, static_cast<std::size_t>(count));
    told.read(bytes);
    if (told.is_finished) return true;
  }
}

std::string way_of_ending(int status) {
  if (WIFSIGNALED(status)) return std::string("was ended by signal ") + ::strsignal(WTERMSIG(status));
  return "ended the process with code " + std::to_string(WEXITSTATUS(status));
}

}  // namespace

void Findings::write(char kind, const std::string& text) {
  const std::string message = packed(kind, text);
  for (std::size_t done = 0; done < message.size();) {
    const ssize_t count = ::write(descriptor_, message.data() + done, message.size() - done);
    if (count < 0 && errno != EINTR) return;  // the parent is gone
    if (count > 0) done += static_cast<std::size_t>(count);
  }
}

CheckResult run_in_child(const std::string& name, std::chrono::milliseconds limit,
                         const std::function<void(Findings&)>& check) {
  int ends[2];
  const int output = ::memfd_create("output", MFD_CLOEXEC);
  if (output < 0 || ::pipe(ends) != 0) throw std::runtime_error(std::string("no pipe for a check: ") + std::strerror(errno));
  const auto begin = Clock::now();
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error(std::string("no process for a check: ") + std::strerror(errno));
  if (child == 0) {
    ::close(ends[0]);
    be_the_child(ends[1], output, check);
  }
  ::close(ends[1]);
  Told told;
  const bool is_in_time = listen_to(ends[0], begin + limit, told);
  if (!is_in_time) ::kill(child, SIGKILL);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  ::close(ends[0]);

  CheckResult result{name, CheckState::passed, {}, 0};
  result.milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin).count();
  const std::string during = told.step.empty() ? "" : " (" + told.step + ")";
  if (!is_in_time) {
    told.failures.insert(told.failures.begin(), "not done within " + std::to_string(limit.count() / 1000) + " s" + during);
  } else if (!told.is_finished) {
    if (const std::string text = output_of(output); !text.empty())
      told.failures.insert(told.failures.begin(), "its output: " + text);
    told.failures.insert(told.failures.begin(), "it " + way_of_ending(status) + during);
  }
  ::close(output);
  if (const std::size_t count = told.failures.size(); count > shown_failures) {
    told.failures.resize(shown_failures);
    told.failures.push_back("and " + std::to_string(count - shown_failures) + " more");
  }
  if (!told.failures.empty()) {
    result.state = CheckState::failed;
  } else if (!told.warnings.empty()) {
    result.state = CheckState::warned;
  }
  result.reasons = std::move(told.failures);
  result.reasons.insert(result.reasons.end(), told.warnings.begin(), told.warnings.end());
  return result;
}

}  // namespace signaling::plugin_check
