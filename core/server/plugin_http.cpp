#include <algorithm>

#include <signaling/server/plugin_http.hpp>

namespace signaling::server {

using plugin_api::Status;

/// All of it for one plugin.
class PluginHttp::Facade final : public plugin_api::HttpRoutes,
                                 public plugin_api::HttpRequests,
                                 public plugin_api::OutgoingEvents {
 public:
  Facade(PluginHttp& all, Plugin plugin) : all_(all), plugin_(std::move(plugin)) {}

  std::uint32_t number() const noexcept { return plugin_.number; }

  Status add(std::string_view method, std::string_view path, std::uint32_t timeout_ms,
             plugin_api::HttpRouteHandler& handler) override {
    std::uint32_t owner = 0;
    const HttpRoute route{std::string(method), std::string(path), base::Milliseconds(timeout_ms), &handler, plugin_.number};
    const Status status = all_.routes_.add(route, owner);
    if (status == Status::full) {
      plugin_.log->error("the route {} {} is taken by plugin \"{}\"", method, path, all_.name_of(owner));
    } else if (status != Status::ok) {
      plugin_.log->error("the route {} {} cannot be had: {}", method, path, to_string(status));
    }
    return status;
  }
  void watch(plugin_api::HttpRequestHook& hook) override {
    if (may_watch("signaling.http_requests", all_.request_hooks_)) all_.request_hooks_.push_back({&hook, plugin_.number});
  }
  void watch(plugin_api::OutgoingHook& hook) override {
    if (may_watch("signaling.outgoing_events", all_.outgoing_hooks_)) all_.outgoing_hooks_.push_back({&hook, plugin_.number});
  }
  const std::string& name() const noexcept { return plugin_.name; }

 private:
  template <class Hooks>
  bool may_watch(std::string_view what, const Hooks& hooks) const {
    const bool is_twice =
        std::any_of(hooks.begin(), hooks.end(), [this](const auto& hook) { return hook.plugin == plugin_.number; });
    if (is_twice) plugin_.log->error("{}: watch was called twice; the first hook counts", what);
    if (all_.is_closed_) plugin_.log->error("{}: watch was called after start; nothing is watched", what);
    return !is_twice && !all_.is_closed_;
  }

  PluginHttp& all_;
  const Plugin plugin_;
};

PluginHttp::PluginHttp(const std::string& engine_path) : routes_(engine_path) {}
PluginHttp::~PluginHttp() = default;

std::string_view PluginHttp::name_of(std::uint32_t plugin) const {
  for (const auto& facade : facades_) {
    if (facade->number() == plugin) return facade->name();
  }
  return "?";
}

void* PluginHttp::interface_for(const Plugin& plugin, std::string_view interface_name) {
  const auto known =
      std::find_if(facades_.begin(), facades_.end(), [&](const auto& each) { return each->number() == plugin.number; });
  Facade& facade = known != facades_.end() ? **known : *facades_.emplace_back(std::make_unique<Facade>(*this, plugin));
  if (interface_name == plugin_api::HttpRoutes::interface_name) return static_cast<plugin_api::HttpRoutes*>(&facade);
  if (!plugin.is_middleware) return nullptr;
  if (interface_name == plugin_api::HttpRequests::interface_name) return static_cast<plugin_api::HttpRequests*>(&facade);
  if (interface_name == plugin_api::OutgoingEvents::interface_name) return static_cast<plugin_api::OutgoingEvents*>(&facade);
  return nullptr;
}

void PluginHttp::close(const std::function<bool(std::uint32_t)>& is_started) {
  is_closed_ = true;
  routes_.close();
  for (const auto& facade : facades_) {
    if (!is_started(facade->number())) routes_.remove_plugin(facade->number());
  }
  const auto is_gone = [&](const auto& hook) { return !is_started(hook.plugin); };
  std::erase_if(request_hooks_, is_gone);
  std::erase_if(outgoing_hooks_, is_gone);
}

}  // namespace signaling::server
