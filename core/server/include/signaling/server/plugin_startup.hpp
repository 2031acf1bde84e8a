#pragma once
// Brings plugins and Socket.IO server together, in the order that the border promises.

#include <signaling/server/config.hpp>
#include <signaling/server/logging.hpp>
#include <signaling/server/plugin_http.hpp>
#include <signaling/server/plugin_registry.hpp>
#include <signaling/server/plugin_settings.hpp>
#include <signaling/socketio/server.hpp>

namespace signaling::server {

/// With the directories where they are on this machine.
PluginSettings plugin_settings(const PluginsConfig& config);

/// What is brought together. All of it outlives the loops.
struct PluginStartup {
  PluginRegistry& plugins;     ///< prepared
  socketio::Server& socketio;  ///< neither started nor with an adapter
  PluginHttp& http;
  Logging& logging;

  /// Attaches the adapter, offers each plugin what it may ask its host for, starts them, and asks them for hooks and
  /// namespaces; afterwards `socketio` can be started. False at the first that fails, which `plugins.failures()` then tells.
  /// [startup]
  bool run();

 private:
  bool attach_adapter();
  void offer_interfaces();
  bool ask_for_hooks();
  bool ask_for_namespaces();
};

}  // namespace signaling::server
