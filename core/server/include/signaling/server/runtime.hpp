#pragma once
// All layers put together: a node from its configuration, started, watched and stopped.

#include <cstdint>
#include <functional>
#include <memory>
#include <ostream>
#include <stdexcept>
#include <string>
#include <vector>

#include <signaling/base/clock.hpp>
#include <signaling/server/config.hpp>
#include <signaling/server/logging.hpp>

namespace signaling::server {

/// Exit codes beside those of plugins (plugin_error.hpp).
inline constexpr int exit_well = 0;
inline constexpr int exit_configuration = 1;
inline constexpr int exit_usage = 2;
inline constexpr int exit_cannot_start = 3;

/// Why the node does not start; `lines` are complete messages for people.
struct StartFailure : std::runtime_error {
  StartFailure(int code, std::vector<std::string> messages);
  int exit_code;
  std::vector<std::string> lines;
};

/// What the outside wants of a running node.
enum class Command { none, stop, reload };
/// Waits for the next command, at most that long.
using CommandWait = std::function<Command(base::Milliseconds)>;

/// Reads the configuration again, from where it came from. What is wrong is in `problems`, as at the start.
using ConfigLoader = std::function<Configuration(ConfigProblems& problems)>;

/// One node. All functions on one thread, the main one.
///
/// Order of start: plugins loaded and validated, admin listener, plugins started, listener. Of stop: readiness, clients
/// (drain.hpp), listener, connections, plugins' `drain`, loops, plugins' `stop` in reverse, admin listener.
class Runtime {
 public:
  /// References outlive this. Does nothing yet.
  Runtime(const Configuration& configuration, const Environment& environment, Logging& logging);
  /// Stops what runs, without the courtesies of `stop`.
  ~Runtime();
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  /// Everything that `--check` does beyond the configuration's own text: plugins loaded and validated, certificate and
  /// directories readable. @return everything that is wrong, one line each.
  std::vector<std::string> check();
  /// After `check`: the configuration in force, the plugins' tables included.
  void print_config(std::ostream& out) const;

  /// Ends when the node is ready. @throws StartFailure.
  void start();
  /// Tells repeated errors and notices trouble; about once a second.
  void tick(base::TimePoint now);
  /// Reads the configuration again and takes over what can change while the node runs; all of it or, where anything is wrong,
  /// nothing. Logs the report, and answers those who asked for it by the admin listener.
  void reload(const ConfigLoader& load);
  /// Clean stop: drains, then ends. `wait` is asked for commands meanwhile; another `stop` hurries it, see `Drain::hurry`.
  /// @return exit code.
  int stop(const CommandWait& wait);

  /// A plugin hangs in a call: nothing may be destroyed; flush the logs and end the process without destructors.
  bool is_stuck() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace signaling::server
