#pragma once
// What the core asks, on its way to the adapter's thread.

#include <cstddef>
#include <cstdint>
#include <string>

#include <signaling/plugin_api/adapter.hpp>

namespace signaling::broker_parts {

/// An adapter with more to ask derives from it.
struct Operation {
  /// `count` is of adapters with shared counters alone.
  enum class Kind : std::uint8_t { subscribe, unsubscribe, publish, put, remove, list, count } kind = Kind::subscribe;
  plugin_api::Destination::Kind destination = plugin_api::Destination::Kind::topic;  ///< publish
  std::uint32_t max_members = 0;                                                     ///< put
  std::string name = {};                                                             ///< topic, node or room
  std::string member = {};                                                           ///< put, remove
  std::string body = {};                                                             ///< publish: message; put: value
  plugin_api::SubscribeHandler* subscribe_handler = nullptr;                         ///< subscribe
  plugin_api::PresenceHandler* presence_handler = nullptr;                           ///< put, remove, list

  /// What it holds, for the bound of an inbox.
  std::size_t bytes() const noexcept { return sizeof(Operation) + name.size() + member.size() + body.size(); }
};

}  // namespace signaling::broker_parts
