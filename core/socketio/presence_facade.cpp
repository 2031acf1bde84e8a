#include "presence_facade.hpp"

#include <stdexcept>

namespace signaling::socketio {
namespace {

using plugin_api::PresenceEntry;
using plugin_api::PresenceHandler;
using plugin_api::Status;

/// Brings one result to the loop that asked: at once where it comes on that loop, else by a post with a copy.
class ToLoop final : public PresenceHandler {
 public:
  ToLoop(base::EventLoop& loop, HookObserver& hooks, HandlerRef<PresenceHandler> handler)
      : loop_(loop), hooks_(hooks), handler_(std::move(handler)) {}

  void on_presence(Status status, std::uint64_t mark, bool existed, std::span<const PresenceEntry> others) override {
    if (loop_.is_current()) {
      return call_handler(hooks_, loop_.index(), [&] { handler_->on_presence(status, mark, existed, others); });
    }
    struct Result {
      HandlerRef<PresenceHandler> handler;
      Status status;
      std::uint64_t mark;
      bool existed;
      std::vector<std::pair<std::string, std::string>> texts;
      std::vector<PresenceEntry> others;
    };
    auto result = std::make_unique<Result>(Result{std::move(handler_), status, mark, existed, {}, {}});
    result->texts.reserve(others.size());  // the views below point into its elements
    for (const PresenceEntry& entry : others) {
      const auto& [member, value] = result->texts.emplace_back(entry.member, entry.value);
      result->others.push_back({member, value, entry.mark});
    }
    loop_.post([result = std::move(result), &hooks = hooks_, loop = loop_.index()] {
      call_handler(hooks, loop,
                   [&] { result->handler->on_presence(result->status, result->mark, result->existed, result->others); });
    });
  }
  void release() noexcept override { delete this; }

 private:
  base::EventLoop& loop_;
  HookObserver& hooks_;
  HandlerRef<PresenceHandler> handler_;
};

}  // namespace

std::string presence_key(std::string_view plugin, std::string_view room) {
  std::string key(plugin);
  key += '\n';
  key += room;
  return key;
}

template <class Ask>
void PresenceFacade::forward(std::string_view room, PresenceHandler& handler, Ask&& ask) {
  HandlerRef<PresenceHandler> owned(&handler);
  if (adapter_ == nullptr) {
    return call_handler(hooks_, static_cast<std::uint32_t>(loops_.size()),
                        [&] { owned->on_presence(Status::unavailable, 0, false, {}); });
  }
  for (base::EventLoop* loop : loops_) {
    if (loop->is_current())
      return ask(*adapter_, presence_key(plugin_name_, room), *new ToLoop(*loop, hooks_, std::move(owned)));
  }
  throw std::logic_error("called on a thread that is no event loop; use Host::post");
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
