#pragma once
// Log lines by component, written by a thread of their own, so that no loop ever waits for a disk or a terminal.

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <spdlog/formatter.h>
#include <spdlog/logger.h>

#include <signaling/server/config.hpp>

namespace spdlog::details {
class thread_pool;
}

namespace signaling::server {

/// Line formats; control characters in a message are escaped, so that a client's text cannot forge a line.
/// Text: `2026-01-31T12:00:00.123Z info  net: message`. JSON: `{"time":"…","level":"info","component":"net","message":"…"}`.
std::unique_ptr<spdlog::formatter> make_log_formatter(bool json);

/// Owns the sink, the bounded queue (full: the oldest line goes, and is counted) and the loggers. Logging is [any thread].
class Logging {
 public:
  /// @throws std::runtime_error naming the file that cannot be opened.
  explicit Logging(const LogConfig& config);
  /// Writes what is queued, then ends the thread.
  ~Logging();
  Logging(const Logging&) = delete;
  Logging& operator=(const Logging&) = delete;

  /// The logger of a component: `server`, `net`, `engine`, `socketio`, `plugins`, `plugin.<name>`; made when first asked for.
  /// It must not be used after this has been destroyed. [any thread]
  std::shared_ptr<spdlog::logger> component(std::string_view name);
  /// New levels for all loggers, those to come included. [any thread]
  void set_levels(const LogConfig& config);
  /// Waits until every line so far is written; false where a reader of the log (a stopped terminal, a full pipe) keeps it from
  /// that.
  bool drain(base::Milliseconds longest_wait);
  /// Lines that the full queue has dropped. [any thread]
  std::size_t dropped_lines() const;

 private:
  spdlog::level::level_enum level_of(std::string_view component) const;

  mutable std::mutex mutex_;  ///< of the three members below
  LogConfig config_;
  std::vector<std::shared_ptr<spdlog::logger>> marks_;  ///< what `drain` wrote with; the writer may still hold them
  std::map<std::string, std::shared_ptr<spdlog::logger>, std::less<>> loggers_;
  std::shared_ptr<spdlog::details::thread_pool> thread_pool_;
  std::shared_ptr<spdlog::sinks::sink> sink_;
};

}  // namespace signaling::server
