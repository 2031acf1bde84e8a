#pragma once
// What every plugin is: an object with a life cycle.

#include <string_view>

#include <signaling/plugin_api/config.hpp>

namespace signaling::plugin_api {

class Host;

/// Life of a plugin: load, check of the manifest, create, validate (`--check` stops here), start, reload…, drain, stop,
/// destroy. Stop comes in reverse order of start. All of it [startup]: on one thread, never at the same time as another
/// life-cycle call of this plugin. A function that fails adds at least one problem and leaves things as they were. An exception
/// that escapes is turned into a problem that carries its text.
///
/// Ownership: made by the manifest's `create`, destroyed by its `destroy`, both in the plugin's own library.
class Plugin {
 public:
  /// Checks values beyond what the schema says (URLs, files, combinations). No side effect.
  virtual void validate(const ConfigView& config, Problems& problems) = 0;

  /// Takes up work. May block until the deadline (`start_timeout`, default 10 s); a start that is late ends the process.
  virtual void start(const ConfigView& config, Problems& problems) = 0;

  /// New values for keys declared `reloadable`; the other keys have their old ones. `config` was validated. Called at every
  /// reload of the configuration, also where no key of this plugin has changed: files that it names may have (passwords). Whole
  /// or not at all: after a problem the old values stay in force, here and, as each gets its old values back, in the other
  /// plugins. Sockets are served meanwhile: what loops read is handed to them by `Host::post`. May block until the deadline
  /// (`start_timeout`); what is late can never be stopped.
  virtual void reload(const ConfigView& config, Problems& problems) = 0;

  /// The node leaves, and its clients are gone: finish what is under way, at most `deadline_ms` (0 where it is in a hurry). The
  /// loops still run.
  virtual void drain(unsigned deadline_ms) = 0;

  /// No call into the plugin after this but its destruction; its own threads have ended when this returns.
  virtual void stop() = 0;

  /// Empty while well, else one line that says why not. [any thread], quick: `/readyz` asks.
  virtual std::string_view health() const = 0;

 protected:
  ~Plugin() = default;
};

}  // namespace signaling::plugin_api
