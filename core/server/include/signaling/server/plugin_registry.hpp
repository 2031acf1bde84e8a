#pragma once
// The plugins of this server, in the order in which they begin, and end in reverse.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <spdlog/logger.h>

#include <signaling/plugin_api/adapter.hpp>
#include <signaling/plugin_api/application.hpp>
#include <signaling/plugin_api/middleware.hpp>
#include <signaling/server/config_document.hpp>
#include <signaling/server/config_table.hpp>
#include <signaling/server/config_text.hpp>
#include <signaling/server/life_calls.hpp>
#include <signaling/server/plugin_error.hpp>
#include <signaling/server/plugin_host.hpp>
#include <signaling/server/plugin_life.hpp>
#include <signaling/server/plugin_settings.hpp>
#include <signaling/server/reload_report.hpp>

namespace signaling::server {

/// Loads and runs the plugins. Every call into a plugin's life cycle is made on one thread, has a deadline, is logged with its
/// time, and turns what escapes into a message. All messages are collected: nothing stops at the first.
///
/// Order: `prepare` (`--check` ends here), `startup_call` to attach the adapter, `start`, `startup_call` to ask for hooks and
/// claims, [loops run], `drain`, [loops have ended], `stop`. After any of them returned false: print `failures()`, then
/// `stop()` for what did start, and exit with `exit_code()`; where `is_stuck()`, a plugin's thread hangs: flush the logs and
/// end the process with `std::_Exit`, for destructors would wait for it.
///
/// Plugins with `required = false` in their table that fail are left out with a warning; an adapter only until it is started.
/// [startup: all on one thread, except where noted]
///
/// Threads: what runs at its end and did not at its beginning is taken for a plugin's; the server's own threads of that time
/// have ended by then.
///
/// Ownership: outlived by the loops. Tasks that are still queued in a loop belong to plugins: a loop releases them when it
/// ends, which is before this is destroyed.
class PluginRegistry {
 public:
  PluginRegistry(PluginSettings settings, PluginServices services);
  /// Stops and destroys what is left; after the loops have ended. Libraries stay loaded.
  ~PluginRegistry();
  PluginRegistry(const PluginRegistry&) = delete;
  PluginRegistry& operator=(const PluginRegistry&) = delete;

  /// Finds, checks, loads, creates and validates every plugin.
  bool prepare(const ConfigDocument& document, const Environment& environment);

  /// Gives the plugins their sockets; before `start`.
  void set_sockets(plugin_api::Namespaces& namespaces,
                   const std::function<plugin_api::Presence&(std::string_view plugin)>& presence,
                   const std::function<plugin_api::Peers*(std::string_view plugin, std::uint32_t number)>& peers = {});
  /// What plugins get from `Host::query` under that name (static text); before `start`. nullptr: nothing.
  struct Identity {
    std::string_view name;
    std::string_view kind;
    std::uint32_t number;  ///< for `HookObserver::on_hook`
  };
  void offer(std::string_view interface_name, const std::function<void*(const Identity& plugin)>& interface_of);

  /// Runs `call`, which calls into plugins (`what` names it), on their life-cycle thread. False where it threw or was late.
  bool startup_call(std::string_view what, std::function<void()> call);

  /// In the order adapter, middleware, applications. Ends at the first that fails.
  bool start();

  /// First half of a reload: reads the tables of the plugins that run out of `document`, and has each validate its own. What is
  /// wrong goes to `problems`, a line each; the plugins go on as they are. @return what is not the same as now.
  std::vector<ConfigChange> stage(const ConfigDocument& document, const Environment& environment,
                                  std::vector<std::string>& problems);
  /// Second half: gives every plugin that runs what was staged, with the old values of keys that cannot change. Where one
  /// refuses, those before it get their old values back. False then, `problems` tell; a plugin that hangs stays stuck.
  bool reload(std::vector<std::string>& problems);
  /// All at most until `deadline` from now, one after the other.
  bool drain(std::chrono::milliseconds deadline);
  /// In reverse order of start. False where one failed; the others are stopped nevertheless.
  bool stop();

  template <class Interface>
  struct Loaded {
    Interface* plugin;
    std::uint32_t number;  ///< for `HookObserver::on_hook`
    std::string_view name;
    std::string_view capabilities;
  };
  /// Those that are created and not left out; valid until `stop`.
  std::optional<Loaded<plugin_api::Adapter>> adapter() const;
  std::vector<Loaded<plugin_api::Middleware>> middleware() const;
  std::vector<Loaded<plugin_api::Application>> applications() const;

  /// It runs: started and not stopped.
  bool is_started(std::uint32_t number) const;

  /// The checked tables of all plugins that could be loaded, for `--print-config`; valid as long as this.
  std::vector<const ConfigTable*> tables() const;

  const std::vector<PluginFailure>& failures() const noexcept { return failures_; }
  /// 0 without failures, else that of the first.
  int exit_code() const noexcept;
  /// A plugin's call hangs.
  bool is_stuck() const noexcept { return calls_.is_stuck(); }

  struct Health {
    std::string plugin;
    std::string problem;  ///< empty while well
  };
  /// Asks every plugin that is started. [any thread]
  std::vector<Health> health() const;

 private:
  void prepare_one(const std::string& name_or_path, std::string_view kind, const ConfigDocument& document,
                   const Environment& environment);
  const PluginLife* find(std::uint32_t number) const;
  void tell_left_threads();
  void warn_about_unused_tables(const ConfigDocument& document);
  template <class Interface>
  std::vector<Loaded<Interface>> loaded(std::string_view kind) const;

  const PluginSettings settings_;
  const PluginServices services_;
  const std::shared_ptr<spdlog::logger> log_;
  std::vector<std::unique_ptr<PluginLife>> entries_;  ///< in order of start
  std::vector<PluginFailure> failures_;
  mutable std::mutex health_mutex_;  ///< the plugins' states where `health` may look: it never meets one that is being stopped
  LifeCalls calls_;
  const std::vector<int> threads_before_;  ///< those of the server, `calls_`' among them; later ones end before this does
  LifeContext context_;
};

}  // namespace signaling::server
