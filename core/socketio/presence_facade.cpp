#include "presence_facade.hpp"

#include <atomic>

#include <signaling/base/quarantine.hpp>

#include "awaited_answers.hpp"

namespace signaling::socketio {
namespace {

using plugin_api::PresenceEntry;
using plugin_api::PresenceHandler;
using plugin_api::Status;

}  // namespace

/// What one loop waits for. On it.
class PresenceFacade::Waiting final : public base::Timer {
 public:
  Waiting(PresenceFacade& facade, std::size_t loop, std::uint64_t number, HandlerRef<PresenceHandler> handler)
      : facade_(facade), loop_(loop), number_(number), handler_(std::move(handler)) {}

  /// Ends this object.
  void finish(Status status, std::uint64_t mark, bool existed, std::span<const PresenceEntry> others) {
    const auto self = facade_.waiting_[loop_].by_number.extract(number_);
    call_handler(facade_.hooks_, facade_.loops_[loop_]->index(), *handler_,
                 [&] { handler_->on_presence(status, mark, existed, others); });
  }

 private:
  void on_timer(base::TimePoint) override {
    facade_.hooks_.on_fault(facade_.adapter_plugin_, Fault::never_completed, "no answer to a presence operation in time");
    finish(Status::timeout, 0, false, {});
  }

  PresenceFacade& facade_;
  const std::size_t loop_;
  const std::uint64_t number_;
  HandlerRef<PresenceHandler> handler_;
};

/// The adapter's part: brings one result to the loop that asked, at once where it comes on that loop, else by a post with a
/// copy. Kept for a while after its release, so that what comes then is noticed.
class PresenceFacade::Answer final : public PresenceHandler {
 public:
  Answer(PresenceFacade& facade, std::size_t loop, std::uint64_t number)
      : facade_(facade),
        hooks_(facade.hooks_),
        adapter_plugin_(facade.adapter_plugin_),
        loop_(loop),
        event_loop_(*facade.loops_[loop]),
        number_(number) {}

  void on_presence(Status status, std::uint64_t mark, bool existed, std::span<const PresenceEntry> others) override {
    if (is_answered_.exchange(true)) {
      return hooks_.on_fault(adapter_plugin_, Fault::completed_twice, "a second answer to a presence operation");
    }
    if (event_loop_.is_current()) {
      if (Waiting* waiting = facade_.find(loop_, number_)) return waiting->finish(status, mark, existed, others);
      return facade_.tell_late();
    }
    struct Result {
      Status status;
      std::uint64_t mark;
      bool existed;
      std::vector<std::pair<std::string, std::string>> texts;
      std::vector<PresenceEntry> others;
    };
    auto result = std::make_unique<Result>(Result{status, mark, existed, {}, {}});
    result->texts.reserve(others.size());  // the views below point into its elements
    for (const PresenceEntry& entry : others) {
      const auto& [member, value] = result->texts.emplace_back(entry.member, entry.value);
      result->others.push_back({member, value, entry.mark});
    }
    event_loop_.post([facade = &facade_, loop = loop_, number = number_, result = std::move(result)] {
      if (Waiting* waiting = facade->find(loop, number)) {
        return waiting->finish(result->status, result->mark, result->existed, result->others);
      }
      facade->tell_late();
    });
  }
  void release() noexcept override {
    static base::Quarantine<Answer, 1024> finished;
    if (is_released_.exchange(true)) {
      return hooks_.on_fault(adapter_plugin_, Fault::completed_twice, "a second release of a presence operation");
    }
    finished.add(std::unique_ptr<Answer>(this));
  }

 private:
  PresenceFacade& facade_;  // touched on its loop alone: an adapter may answer after its end
  HookObserver& hooks_;
  const std::uint32_t adapter_plugin_;
  const std::size_t loop_;
  base::EventLoop& event_loop_;
  const std::uint64_t number_;
  std::atomic<bool> is_answered_{false};
  std::atomic<bool> is_released_{false};
};

PresenceFacade::PresenceFacade(std::string plugin_name, plugin_api::Adapter* const& adapter,
                               const std::uint32_t& adapter_plugin, const std::vector<base::EventLoop*>& loops,
                               HookObserver& hooks)
    : plugin_name_(std::move(plugin_name)),
      adapter_(adapter),
      adapter_plugin_(adapter_plugin),
      loops_(loops),
      hooks_(hooks),
      waiting_(loops.size()) {}
PresenceFacade::~PresenceFacade() = default;

PresenceFacade::Waiting* PresenceFacade::find(std::size_t loop, std::uint64_t number) {
  const auto found = waiting_[loop].by_number.find(number);
  return found == waiting_[loop].by_number.end() ? nullptr : found->second.get();
}

void PresenceFacade::tell_late() {
  hooks_.on_fault(adapter_plugin_, Fault::completed_twice, "an answer to a presence operation that was given up");
}

std::string presence_key(std::string_view plugin, std::string_view room) {
  std::string key(plugin);
  key += '\n';
  key += room;
  return key;
}

template <class Ask>
void PresenceFacade::forward(std::string_view room, PresenceHandler& handler, Ask&& ask) {
  HandlerRef<PresenceHandler> owned(&handler);
  const auto refuse = [&](Status status) {
    call_handler(hooks_, static_cast<std::uint32_t>(loops_.size()), *owned, [&] { owned->on_presence(status, 0, false, {}); });
  };
  if (adapter_ == nullptr) return refuse(Status::unavailable);
  for (std::size_t i = 0; i < loops_.size(); ++i) {
    base::EventLoop& loop = *loops_[i];
    if (!loop.is_current()) continue;
    LoopWaiting& own = waiting_[i];
    const std::uint64_t number = ++own.last_number;
    auto waiting = std::make_unique<Waiting>(*this, i, number, std::move(owned));
    loop.timers().arm(*waiting, loop.now() + longest_adapter_wait);
    own.by_number.emplace(number, std::move(waiting));
    return ask(*adapter_, presence_key(plugin_name_, room), *new Answer(*this, i, number));
  }
  hooks_.on_fault(unknown_plugin, Fault::wrong_thread, wrong_thread_text("Presence"));
  refuse(Status::invalid);
}

void PresenceFacade::put(std::string_view room, std::string_view member, std::string_view value, std::uint32_t max_members,
                         PresenceHandler& handler) {
  forward(room, handler, [&](plugin_api::Adapter& adapter, const std::string& key, PresenceHandler& to_loop) {
    adapter.presence_put(key, member, value, max_members, to_loop);
  });
}

void PresenceFacade::remove(std::string_view room, std::string_view member, PresenceHandler& handler) {
  forward(room, handler, [&](plugin_api::Adapter& adapter, const std::string& key, PresenceHandler& to_loop) {
    adapter.presence_remove(key, member, to_loop);
  });
}

void PresenceFacade::list(std::string_view room, PresenceHandler& handler) {
  forward(room, handler, [&](plugin_api::Adapter& adapter, const std::string& key, PresenceHandler& to_loop) {
    adapter.presence_list(key, to_loop);
  });
}

}  // namespace signaling::socketio
