#pragma once
// Presence as one plugin sees it: its rooms apart from other plugins', results on the loop that asked.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <signaling/plugin_api/adapter.hpp>
#include <signaling/plugin_api/presence.hpp>

#include "loop_server.hpp"

namespace signaling::socketio {

/// Key of a plugin's room at the adapter: `<plugin>\n<room>`.
std::string presence_key(std::string_view plugin, std::string_view room);

class PresenceFacade final : public plugin_api::Presence {
 public:
  /// `adapter` and its number may be set after this was made, before the loops run.
  PresenceFacade(std::string plugin_name, plugin_api::Adapter* const& adapter, const std::uint32_t& adapter_plugin,
                 const std::vector<base::EventLoop*>& loops, HookObserver& hooks);
  ~PresenceFacade();

  void put(std::string_view room, std::string_view member, std::string_view value, std::uint32_t max_members,
           plugin_api::PresenceHandler& handler) override;
  void remove(std::string_view room, std::string_view member, plugin_api::PresenceHandler& handler) override;
  void list(std::string_view room, plugin_api::PresenceHandler& handler) override;

 private:
  class Waiting;
  class Answer;
  struct LoopWaiting {
    std::uint64_t last_number = 0;
    std::unordered_map<std::uint64_t, std::unique_ptr<Waiting>> by_number;
  };

  Waiting* find(std::size_t loop, std::uint64_t number);
  void tell_late();
  /// Calls `ask(adapter, key, handler)` with a handler that brings the result back to the calling loop.
  template <class Ask>
  void forward(std::string_view room, plugin_api::PresenceHandler& handler, Ask&& ask);

  std::string plugin_name_;
  plugin_api::Adapter* const& adapter_;
  const std::uint32_t& adapter_plugin_;
  const std::vector<base::EventLoop*>& loops_;
  HookObserver& hooks_;
  std::vector<LoopWaiting> waiting_;  ///< one per loop, touched on it alone
};

}  // namespace signaling::socketio
