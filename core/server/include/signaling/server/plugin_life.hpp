#pragma once
// The life of one plugin: load, check, create, validate, start, reload, drain, stop, destroy.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <spdlog/logger.h>

#include <signaling/plugin_api/plugin.hpp>
#include <signaling/server/config_document.hpp>
#include <signaling/server/config_table.hpp>
#include <signaling/server/config_text.hpp>
#include <signaling/server/life_calls.hpp>
#include <signaling/server/plugin_config.hpp>
#include <signaling/server/plugin_error.hpp>
#include <signaling/server/plugin_host.hpp>
#include <signaling/server/plugin_library.hpp>
#include <signaling/server/plugin_settings.hpp>
#include <signaling/server/reload_report.hpp>

namespace signaling::server {

/// What the lives of a server's plugins have in common. All references outlive them.
struct LifeContext {
  const PluginSettings& settings;
  const PluginServices& services;
  const std::shared_ptr<spdlog::logger> log;
  LifeCalls& calls;
  std::vector<PluginFailure>& failures;  ///< where those that end the server are told
  std::mutex& state_mutex;               ///< held where `state` changes, by whoever looks at it from another thread too
};

/// What fails is told in `LifeContext::failures`, or by a warning where the plugin is not required; `required = false` does not
/// help one that hangs. Order: `prepare`, then each function only in the state that it names, `destroy` at last.
/// [startup, except where noted]
///
/// Ownership: where a call is late (`LifeCalls::is_stuck`) it may still look at this, which then is never destroyed.
class PluginLife {
 public:
  enum class State { failed, created, started, stopped };

  PluginLife(LifeContext& context, std::string name, std::string_view kind, bool is_required);
  PluginLife(const PluginLife&) = delete;
  PluginLife& operator=(const PluginLife&) = delete;

  const std::string& name() const noexcept { return library_.name; }
  const std::string& kind() const noexcept { return kind_; }
  bool is_required() const noexcept { return is_required_; }
  State state() const noexcept { return state_; }
  /// Of `prepare`d ones; valid as long as this.
  plugin_api::Plugin* plugin() const noexcept { return plugin_; }
  std::string_view capabilities() const;
  /// nullptr where it was not created.
  PluginHost* host() const noexcept { return host_.get(); }
  std::uint32_t number() const noexcept { return number_; }  ///< in `PluginServices::hooks`, where there is a host
  /// nullptr where it could not be loaded.
  const ConfigTable* table() const noexcept { return config_ ? &config_->table() : nullptr; }
  const std::vector<int>& threads() const noexcept { return threads_; }  ///< that its calls began, running or not

  /// `text` for people, with name and file.
  std::string message(std::string_view text) const { return plugin_message(library_.name, library_.file, text); }
  void fail(PluginError error, std::string text);

  /// Finds, checks, loads, creates and validates it: it is `created`, or `failed`.
  bool prepare(const std::string& name_or_path, const ConfigDocument& document, const Environment& environment);
  /// `created`: it is `started`, or `failed`.
  bool start();
  /// `started`: reads and checks its table anew. @return what is not the same as now
  std::vector<ConfigChange> stage(const ConfigDocument& document, const Environment& environment,
                                  std::vector<std::string>& problems);
  bool is_staged() const noexcept { return staged_ != nullptr; }
  /// Gives it what was staged, or by a second call its old values back.
  bool reload(std::vector<std::string>& problems);
  /// `started`. @param left  how long it may take, apart from being late
  bool drain(std::chrono::milliseconds left);
  /// `started`: it is `stopped`, also where it fails.
  bool stop();
  /// Where it was created. Tells of threads that its calls began and that run on.
  bool destroy();

 private:
  bool load(const std::string& name_or_path);
  bool configure(const ConfigDocument& document, const Environment& environment);
  bool create();
  bool validate();
  /// @param lines  what the plugin finds wrong in the table. @return false where it hangs, which is a failure by then.
  bool ask_to_validate(const ConfigTable& table, std::vector<std::string>& lines);
  bool validate_staged(std::vector<std::string>& problems);

  /// Runs `call` with its deadline. What escaped is in `error`; false where it is late, which is a failure by then.
  bool timed_call(PluginError late, std::string_view what, std::chrono::milliseconds deadline, std::function<void()> call,
                  std::string& error);
  void set_state(State state);

  LifeContext& context_;
  const std::string kind_;
  bool is_required_;
  State state_ = State::failed;
  std::uint32_t number_ = 0;
  PluginLibrary library_;
  std::unique_ptr<PluginConfig> config_;
  std::unique_ptr<PluginConfig> staged_;  ///< between the two halves of a reload
  std::unique_ptr<PluginHost> host_;
  plugin_api::Plugin* plugin_ = nullptr;
  std::vector<int> threads_;
};

}  // namespace signaling::server
