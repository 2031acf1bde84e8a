#pragma once
// Shared counters as one plugin sees them: its keys apart from other plugins', answers on the loop that asked.

#include <memory>
#include <string>
#include <vector>

#include <signaling/base/clock.hpp>
#include <signaling/plugin_api/adapter.hpp>
#include <signaling/plugin_api/counters.hpp>

#include "awaited_answers.hpp"
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
  ~CountersFacade() { awaited_->close(); }

  void take(std::span<const plugin_api::CounterTake> takes, std::uint32_t wait_ms,
            plugin_api::CounterHandler& handler) override;
  /// What the adapter has not answered within `grace` after its time is a `timeout`. About once a second, one thread at a time.
  void tick(base::TimePoint now) { awaited_->tick(now); }
  static constexpr base::Milliseconds grace{1'000};  ///< an adapter ends what is late at the end of its time, by its own clock

 private:
  const std::string plugin_name_;
  plugin_api::CountingAdapter& adapter_;
  const std::uint32_t adapter_plugin_;
  const std::vector<base::EventLoop*>& loops_;
  HookObserver& hooks_;
  const std::shared_ptr<AwaitedAnswers> awaited_ = std::make_shared<AwaitedAnswers>();
};

}  // namespace signaling::socketio
