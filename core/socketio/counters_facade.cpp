#include "counters_facade.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>

#include <signaling/base/quarantine.hpp>

namespace signaling::socketio {
namespace {

using plugin_api::CounterHandler;
using plugin_api::CounterLevel;
using plugin_api::CounterTake;

constexpr std::uint32_t max_wait_ms = 60'000;

/// Brings the answer to the loop that asked: at once where it comes on that loop, else by a post with a copy.
class ToLoop final : public CounterHandler {
 public:
  ToLoop(base::EventLoop& loop, HookObserver& hooks, std::uint32_t adapter_plugin, HandlerRef<CounterHandler> handler)
      : loop_(loop), hooks_(hooks), adapter_plugin_(adapter_plugin), handler_(std::move(handler)) {}

  void on_levels(std::span<const CounterLevel> levels) override {
    if (is_answered_.exchange(true)) {
      return hooks_.on_fault(adapter_plugin_, Fault::completed_twice, "a second answer to SharedCounters::take");
    }
    if (loop_.is_current()) return call_handler(hooks_, loop_.index(), *handler_, [&] { handler_->on_levels(levels); });
    struct Answer {
      HandlerRef<CounterHandler> handler;
      std::vector<CounterLevel> levels;
    };
    loop_.post([answer = std::make_unique<Answer>(Answer{std::move(handler_), {levels.begin(), levels.end()}}), &hooks = hooks_,
                loop = loop_.index()] {
      call_handler(hooks, loop, *answer->handler, [&] { answer->handler->on_levels(answer->levels); });
    });
  }
  void release() noexcept override {
    static base::Quarantine<ToLoop, 1024> finished;
    if (is_released_.exchange(true)) {
      return hooks_.on_fault(adapter_plugin_, Fault::completed_twice, "a second release of SharedCounters::take");
    }
    handler_.reset();
    finished.add(std::unique_ptr<ToLoop>(this));
  }

 private:
  base::EventLoop& loop_;
  HookObserver& hooks_;
  const std::uint32_t adapter_plugin_;
  HandlerRef<CounterHandler> handler_;
  std::atomic<bool> is_answered_{false};
  std::atomic<bool> is_released_{false};
};

bool is_valid(const CounterTake& take) noexcept {
  return !take.key.empty() && take.key.size() <= plugin_api::max_counter_key_bytes && std::isfinite(take.amount) &&
         std::isfinite(take.rate) && take.rate > 0 && std::isfinite(take.limit);
}

}  // namespace

void CountersFacade::take(std::span<const CounterTake> takes, std::uint32_t wait_ms, CounterHandler& handler) {
  HandlerRef<CounterHandler> owned(&handler);
  const auto current = std::find_if(loops_.begin(), loops_.end(), [](base::EventLoop* loop) { return loop->is_current(); });
  if (current == loops_.end()) {
    hooks_.on_fault(unknown_plugin, Fault::wrong_thread, wrong_thread_text("SharedCounters::take"));
    const std::vector<CounterLevel> invalid(takes.size(), CounterLevel{plugin_api::Status::invalid});
    return call_handler(hooks_, static_cast<std::uint32_t>(loops_.size()), *owned, [&] { owned->on_levels(invalid); });
  }
  if (takes.empty() || takes.size() > plugin_api::max_counter_takes || wait_ms == 0 || wait_ms > max_wait_ms ||
      !std::all_of(takes.begin(), takes.end(), is_valid)) {
    const std::vector<CounterLevel> invalid(takes.size(), CounterLevel{plugin_api::Status::invalid});
    return call_handler(hooks_, (*current)->index(), *owned, [&] { owned->on_levels(invalid); });
  }
  std::vector<std::string> keys;
  std::vector<CounterTake> own(takes.begin(), takes.end());
  keys.reserve(takes.size());  // the views below point into its elements
  for (CounterTake& each : own) {
    std::string& key = keys.emplace_back(plugin_name_);
    key += '\n';
    key += each.key;
    each.key = key;
  }
  adapter_.take_counters(own, wait_ms, *new ToLoop(**current, hooks_, adapter_plugin_, std::move(owned)));
}

}  // namespace signaling::socketio
