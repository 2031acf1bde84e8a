#pragma once
// Shared counters as one plugin sees them: its keys apart from other plugins', answers on the loop that asked.

#include <string>
#include <vector>

#include <signaling/plugin_api/adapter.hpp>
#include <signaling/plugin_api/counters.hpp>

#include "loop_server.hpp"

namespace signaling::socketio {

class CountersFacade final : public plugin_api::SharedCounters {
 public:
  CountersFacade(std::string plugin_name, plugin_api::CountingAdapter& adapter, std::uint32_t adapter_plugin,
                 const std::vector<base::EventLoop*>& loops, HookObserver& hooks)
      : plugin_name_(std::move(plugin_name)),
        adapter_(adapter),
        adapter_plugin_(adapter_plugin),
        loops_(loops),
        hooks_(hooks) {}

  void take(std::span<const plugin_api::CounterTake> takes, std::uint32_t wait_ms,
            plugin_api::CounterHandler& handler) override;

 private:
  const std::string plugin_name_;
  plugin_api::CountingAdapter& adapter_;
  const std::uint32_t adapter_plugin_;
  const std::vector<base::EventLoop*>& loops_;
  HookObserver& hooks_;
};

}  // namespace signaling::socketio
