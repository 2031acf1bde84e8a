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
using plugin_api::Status;

constexpr std::uint32_t max_wait_ms = 60'000;

/// Tells the levels on the loop that asked. [any thread]
void post_levels(base::EventLoop& loop, HookObserver& hooks, HandlerRef<CounterHandler> handler,
                 std::vector<CounterLevel> levels) {
  struct Answer {
    HandlerRef<CounterHandler> handler;
    std::vector<CounterLevel> levels;
  };
  loop.post([answer = std::make_unique<Answer>(Answer{std::move(handler), std::move(levels)}), &hooks, index = loop.index()] {
    call_handler(hooks, index, *answer->handler, [&] { answer->handler->on_levels(answer->levels); });
  });
}

/// Brings the answer to the loop that asked: at once where it comes on that loop, else by a post with a copy.
class ToLoop final : public CounterHandler, public AwaitedAnswers::Awaited {
 public:
  struct Asked {
    base::EventLoop& loop;
    HookObserver& hooks;
    std::uint32_t adapter_plugin;
    std::uint32_t take_count;
  };
  ToLoop(const Asked& asked, std::shared_ptr<AwaitedAnswers> awaited, HandlerRef<CounterHandler> handler)
      : asked_(asked), awaited_(std::move(awaited)), handler_(std::move(handler)) {}

  void on_levels(std::span<const CounterLevel> levels) override {
    switch (awaited_->claim(*this)) {
      case AwaitedAnswers::Claim::first:
        if (levels.size() == asked_.take_count) return tell(levels);
        return fail(asked_, std::move(handler_), Status::unavailable, Fault::bad_message,
                    "an answer to SharedCounters::take with another number of levels than takes");
      case AwaitedAnswers::Claim::second: return tell_fault("a second answer to SharedCounters::take");
      case AwaitedAnswers::Claim::late: return tell_fault("an answer to SharedCounters::take that was given up");
      case AwaitedAnswers::Claim::closed: return;
    }
  }
  void release() noexcept override {
    static base::Quarantine<ToLoop, 1024> finished;
    if (is_released_.exchange(true)) return tell_fault("a second release of SharedCounters::take");
    if (awaited_->claim(*this) == AwaitedAnswers::Claim::first) {
      fail(asked_, std::move(handler_), Status::timeout, Fault::never_completed,
           "SharedCounters::take was released without an answer");
    }
    handler_.reset();
    finished.add(std::unique_ptr<ToLoop>(this));
  }

 private:
  base::Task give_up() override {
    return [asked = asked_, handler = std::move(handler_)]() mutable {
      fail(asked, std::move(handler), Status::timeout, Fault::never_completed, "no answer to SharedCounters::take in time");
    };
  }
  /// A level of that status for each take, and the adapter's fault.
  static void fail(const Asked& asked, HandlerRef<CounterHandler> handler, Status status, Fault fault, std::string_view what) {
    asked.hooks.on_fault(asked.adapter_plugin, fault, what);
    post_levels(asked.loop, asked.hooks, std::move(handler), std::vector<CounterLevel>(asked.take_count, CounterLevel{status}));
  }
  void tell(std::span<const CounterLevel> levels) {
    if (asked_.loop.is_current()) {
      return call_handler(asked_.hooks, asked_.loop.index(), *handler_, [&] { handler_->on_levels(levels); });
    }
    post_levels(asked_.loop, asked_.hooks, std::move(handler_), {levels.begin(), levels.end()});
  }
  void tell_fault(std::string_view what) { asked_.hooks.on_fault(asked_.adapter_plugin, Fault::completed_twice, what); }

  const Asked asked_;
  const std::shared_ptr<AwaitedAnswers> awaited_;
  HandlerRef<CounterHandler> handler_;
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
  auto* const answer =
      new ToLoop({**current, hooks_, adapter_plugin_, static_cast<std::uint32_t>(own.size())}, awaited_, std::move(owned));
  awaited_->add(*answer, (*current)->now() + base::Milliseconds(wait_ms) + grace);
  adapter_.take_counters(own, wait_ms, *answer);
}

}  // namespace signaling::socketio
