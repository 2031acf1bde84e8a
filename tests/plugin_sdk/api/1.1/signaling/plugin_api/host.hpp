#pragma once
// What the server gives to every plugin.

#include <cstdint>
#include <span>
#include <string_view>

#include <signaling/plugin_api/values.hpp>

namespace signaling::plugin_api {

enum class LogLevel : std::uint32_t { trace, debug, info, warn, error };

/// One metric of `/metrics`; all functions [any thread], lock-free. Owned by the host, valid until the plugin is destroyed.
class Metric {
 public:
  virtual void add(double amount) = 0;     ///< counter: not negative; gauge: any
  virtual void set(double value) = 0;      ///< gauge only
  virtual void observe(double value) = 0;  ///< histogram only

 protected:
  ~Metric() = default;
};

enum class MetricKind : std::uint32_t { counter, gauge, histogram };

struct Label {
  std::string_view name;
  std::string_view value;
};

class Namespaces;
class Presence;

/// The server as a plugin sees it. Owned by the host; valid from `create` until after `destroy`.
class Host {
 public:
  /// Name of this node, 1 to 64 characters. [any thread]
  virtual std::string_view node_name() const = 0;
  /// Version of the server, `major.minor.patch`. [any thread]
  virtual std::string_view server_version() const = 0;
  /// Event loops of this node, at least 1. Loops are numbered from 0. [any thread]
  virtual std::uint32_t loop_count() const = 0;
  /// Number of the loop that runs the calling thread, or `loop_count()` on a thread that is no loop. [any thread]
  virtual std::uint32_t current_loop() const = 0;

  /// Writes one line under the plugin's name. Ask `should_log` first where the text is costly. [any thread]
  virtual bool should_log(LogLevel level) const = 0;
  virtual void log(LogLevel level, std::string_view text) = 0;

  /// Runs `task` on that loop, after what is queued there. [any thread]
  virtual void post(std::uint32_t loop, Task& task) = 0;
  /// Runs `task` on the calling loop after `delay_ms` (at least 1). Returns a number for `cancel_timer`. [loop]
  virtual std::uint64_t start_timer(std::uint64_t delay_ms, Task& task) = 0;
  /// Releases the task unrun; false if it has run. On the loop that started it. [loop]
  virtual bool cancel_timer(std::uint64_t timer) = 0;

  /// Milliseconds since the Unix epoch, and of a clock that never jumps. [any thread]
  virtual std::int64_t wall_clock_ms() const = 0;
  virtual std::int64_t monotonic_ms() const = 0;

  /// Metric `signaling_plugin_<plugin>_<name>`; the same name and labels give the same object. [startup]
  virtual Metric& metric(MetricKind kind, std::string_view name, std::string_view help, std::span<const Label> labels) = 0;

  /// Sockets and rooms of the namespaces. [any thread] to ask for, see there for its functions.
  virtual Namespaces& namespaces() = 0;
  /// Members of rooms over the whole cluster. [any thread] to ask for.
  virtual Presence& presence() = 0;

  /// Interfaces added by later minor versions, by name (`"signaling.history/1"`); nullptr where there is none. [any thread]
  virtual void* query(std::string_view interface_name) = 0;

 protected:
  ~Host() = default;
};

}  // namespace signaling::plugin_api
