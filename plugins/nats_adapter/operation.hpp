#pragma once
// What the core asks, on its way to the adapter's thread.

#include <cstddef>
#include <cstdint>
#include <string>

#include <signaling/plugin_api/adapter.hpp>

namespace signaling::nats_adapter {

struct Operation {
  enum class Kind : std::uint8_t { subscribe, unsubscribe, publish, put, remove, list } kind;
  plugin_api::Destination::Kind destination = plugin_api::Destination::Kind::topic;  ///< publish
  std::uint32_t max_members = 0;                                                     ///< put
  std::string name = {};                                                             ///< topic, node or room
  std::string member = {};                                                           ///< put, remove
  std::string body = {};                                                             ///< publish: message; put: value
  plugin_api::SubscribeHandler* subscribe_handler = nullptr;
  plugin_api::PresenceHandler* presence_handler = nullptr;

  std::size_t bytes() const noexcept { return sizeof(Operation) + name.size() + member.size() + body.size(); }
};

}  // namespace signaling::nats_adapter
