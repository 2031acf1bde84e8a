#pragma once
// The server binary as a child process: its output, its ports, its end.

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <sys/types.h>
#include <thread>
#include <utility>
#include <vector>

#include <signaling/base/clock.hpp>

namespace signaling::test {

class ServerProcess {
 public:
  /// Sanitizers make everything slower; nothing here takes a tenth of it.
  static constexpr base::Milliseconds time_limit{60'000};
  using Variables = std::vector<std::pair<std::string, std::string>>;

  explicit ServerProcess(std::vector<std::string> arguments, const Variables& environment = {});
  /// Kills what still runs.
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  /// Exit code; nullopt where it did not end in time, or by a signal.
  std::optional<int> wait();
  void signal(int number) const;
  /// What it has written until now.
  std::string output() const;
  std::string errors() const;
  /// Waits for a text on standard error.
  bool wait_for(const std::string& text) const;
  /// Port after `listening on` or `admin on`; 0 where the line does not come.
  std::uint16_t port(const std::string& line = "listening on") const;
  std::uint16_t admin_port() const { return port("admin on"); }

 private:
  void read(int descriptor, std::string& into);

  pid_t pid_ = -1;
  std::optional<int> status_;
  mutable std::mutex mutex_;  ///< of the texts
  std::string output_;
  std::string errors_;
  std::thread output_reader_;
  std::thread errors_reader_;
};

/// Runs it to its end.
struct Outcome {
  std::optional<int> code;
  std::string output;
  std::string errors;
};
Outcome run_server(std::vector<std::string> arguments, const ServerProcess::Variables& environment = {});

/// A file of this test's own with that text; removed at the end of the process.
std::string temporary_file(const std::string& name, const std::string& text);

/// `config/memory.toml`.
std::string memory_toml();

}  // namespace signaling::test
