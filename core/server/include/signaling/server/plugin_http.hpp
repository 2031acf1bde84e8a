#pragma once
// What plugins get from `Host::query` to take part in HTTP and to see outgoing events, and who has taken it.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <spdlog/logger.h>

#include <signaling/plugin_api/outgoing.hpp>
#include <signaling/server/http_gate.hpp>
#include <signaling/server/http_routes.hpp>

namespace signaling::server {

/// Filled by the plugins' `start`, one after the other, and constant from `close` on. Outlives the plugins.
class PluginHttp {
 public:
  struct Plugin {
    std::string name;
    std::uint32_t number;
    bool is_middleware;
    std::shared_ptr<spdlog::logger> log;
  };
  struct OutgoingWatcher {
    plugin_api::OutgoingHook* hook;
    std::uint32_t plugin;
  };

  explicit PluginHttp(const std::string& engine_path);
  ~PluginHttp();

  /// The interface of that name for that plugin; nullptr where it is none of these, or not for its kind. [startup]
  void* interface_for(const Plugin& plugin, std::string_view interface_name);
  /// Nothing is added any more; what plugins have added that did not start is gone. [startup]
  void close(const std::function<bool(std::uint32_t plugin)>& is_started);

  const std::vector<HttpHookBinding>& request_hooks() const noexcept { return request_hooks_; }
  const std::vector<OutgoingWatcher>& outgoing_hooks() const noexcept { return outgoing_hooks_; }
  const HttpRouteTable& routes() const noexcept { return routes_; }

 private:
  class Facade;
  std::string_view name_of(std::uint32_t plugin) const;

  bool is_closed_ = false;
  HttpRouteTable routes_;
  std::vector<HttpHookBinding> request_hooks_;
  std::vector<OutgoingWatcher> outgoing_hooks_;
  std::vector<std::unique_ptr<Facade>> facades_;
};

}  // namespace signaling::server
