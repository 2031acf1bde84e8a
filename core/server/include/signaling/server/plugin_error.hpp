#pragma once
// Why a plugin cannot be used. Each reason is an exit code of the server, so that scripts can tell them apart.

#include <string>
#include <string_view>

namespace signaling::server {

/// Exit codes of `signaling-server` when a plugin ends it. Where several plugins failed, the code is that of the first; the
/// messages name them all. The values are documented and never change their meaning.
enum class PluginError : int {
  not_found = 10,      ///< no such file in any plugin directory; the message lists every path that was tried
  not_a_plugin = 11,   ///< unreadable, no shared library of this machine, or it exports no manifest
  cannot_load = 12,    ///< the dynamic linker refused it: a library it needs, or a symbol, is missing
  bad_manifest = 13,   ///< wrong magic or size, or texts without end: it is no manifest that this server reads
  api_version = 14,    ///< built for another major version of the plugin API, or for a newer minor
  toolchain = 15,      ///< processor, C++ ABI, standard library or sanitizer differ
  identity = 16,       ///< its name or kind is not the one that the configuration asks for
  configuration = 17,  ///< its table of the configuration file, against its schema or against its own `validate`
  create_failed = 18,  ///< its constructor threw
  start_failed = 19,   ///< its `start` threw or reported a problem
  start_late = 20,     ///< its `start` (or another call before it) was not done by the deadline
  bad_schema = 21,     ///< the schema in its manifest contradicts itself: an error of the plugin, not of the configuration
  stop_failed = 22,    ///< its `drain` or `stop` threw; everything else was stopped nevertheless
  stop_late = 23,      ///< its `drain` or `stop` was not done by the deadline
};

constexpr int exit_code(PluginError error) noexcept { return static_cast<int>(error); }

/// One plugin's failure. `message` is one line for people, complete: plugin, file, what was found and expected, remedy.
struct PluginFailure {
  PluginError error;
  std::string plugin;
  std::string message;
};

}  // namespace signaling::server
