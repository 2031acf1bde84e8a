#include <string>
#include <string_view>

#include <signaling/plugin_api/counters.hpp>
#include <signaling/plugin_api/handshake_refusals.hpp>
#include <signaling/plugin_api/http_requests.hpp>
#include <signaling/plugin_api/http_routes.hpp>
#include <signaling/plugin_api/outgoing.hpp>
#include <signaling/server/install_layout.hpp>
#include <signaling/server/plugin_startup.hpp>

namespace signaling::server {

PluginSettings plugin_settings(const PluginsConfig& config) {
  PluginSettings settings;
  for (const std::string& directory : config.directories) settings.directories.push_back(find_directory(directory));
  settings.adapter = config.adapter;
  settings.middleware = config.middleware;
  settings.applications = config.applications;
  settings.start_timeout = config.start_timeout;
  settings.stop_timeout = config.stop_timeout;
  return settings;
}

bool PluginStartup::run() {
  if (!attach_adapter()) return false;
  offer_interfaces();
  return plugins.start() && ask_for_hooks() && ask_for_namespaces();
}

bool PluginStartup::attach_adapter() {
  const auto adapter = plugins.adapter();
  if (adapter) {
    return plugins.startup_call("attaching the adapter",
                                [&] { socketio.set_adapter(*adapter->plugin, adapter->capabilities, adapter->number); });
  }
  logging.component("server")->warn(
      "no adapter: this node is alone, and presence is not available (plugins.adapter names one)");
  return true;
}

void PluginStartup::offer_interfaces() {
  plugins.set_sockets(
      socketio.namespaces(), [this](std::string_view plugin) -> plugin_api::Presence& { return socketio.presence(plugin); },
      [this](std::string_view plugin, std::uint32_t number) { return &socketio.peers(plugin, number); });
  plugins.offer(plugin_api::HandshakeRefusals::interface_name,
                [](const PluginRegistry::Identity&) -> void* { return &socketio::Server::handshake_refusals(); });
  plugins.offer(plugin_api::SharedCounters::interface_name,
                [this](const PluginRegistry::Identity& plugin) -> void* { return socketio.shared_counters(plugin.name); });
  for (const std::string_view name : {plugin_api::HttpRoutes::interface_name, plugin_api::HttpRequests::interface_name,
                                      plugin_api::OutgoingEvents::interface_name}) {
    plugins.offer(name, [this, name](const PluginRegistry::Identity& plugin) -> void* {
      return http.interface_for({std::string(plugin.name), plugin.number, plugin.kind == "middleware",
                                 logging.component("plugin." + std::string(plugin.name))},
                                name);
    });
  }
}

bool PluginStartup::ask_for_hooks() {
  http.close([this](std::uint32_t plugin) { return plugins.is_started(plugin); });
  for (const auto& [hook, plugin] : http.outgoing_hooks()) socketio.add_outgoing(*hook, plugin);
  for (const auto& middleware : plugins.middleware()) {
    const bool is_well = plugins.startup_call("asking middleware for its hooks",
                                              [&] { socketio.add_middleware(*middleware.plugin, middleware.number); });
    if (!is_well) return false;
  }
  return true;
}

bool PluginStartup::ask_for_namespaces() {
  const auto applications = plugins.applications();
  for (const auto& application : applications) {
    const bool is_well = plugins.startup_call("asking an application for its namespaces", [&] {
      socketio.add_application(*application.plugin, application.number, application.name);
    });
    if (!is_well) return false;
  }
  if (applications.empty()) {
    logging.component("server")->warn("no application: every CONNECT is refused (plugins.applications names them)");
  }
  return true;
}

}  // namespace signaling::server
