#pragma once
// Subscriptions of this node, over all its connections.

#include <broker_parts/text_map.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <signaling/plugin_api/adapter.hpp>

#include "connection.hpp"
#include "subjects.hpp"

namespace signaling::nats_adapter {

/// A subscription is acknowledged when a message to this node itself, sent behind it, has come back: the server is then past
/// it.
class Topics {
 public:
  explicit Topics(const Subjects& subjects) : subjects_(subjects) {}
  ~Topics() { close(plugin_api::Status::closed); }

  /// `unavailable` while there is no connection; the topic is then subscribed to when there is one.
  void subscribe(std::string_view topic, plugin_api::SubscribeHandler* handler);
  void unsubscribe(std::string_view topic);
  bool is_wanted(std::string_view topic) const { return topics_.contains(topic); }

  void on_up(Connection& connection);
  /// The subscriptions have ended with their connection.
  void on_down();
  /// To be called at the end of a turn: sends what shows that the subscriptions of this turn are in force.
  void flush();
  /// An answer that this node has sent itself.
  void on_reply(std::uint64_t number);
  /// Tells every handler that waits, and all that come later.
  void close(plugin_api::Status status);

  std::size_t size() const noexcept { return topics_.size(); }
  /// Numbers of answers from here on are the topics'.
  static constexpr std::uint64_t first_number = std::uint64_t{1} << 62;

 private:
  Connection::Handle subscribe_now(const std::string& topic);
  void tell(std::vector<plugin_api::SubscribeHandler*> handlers, plugin_api::Status status);

  const Subjects& subjects_;
  Connection* connection_ = nullptr;
  broker_parts::TextMap<Connection::Handle> topics_;                          ///< null where there is no connection
  std::vector<plugin_api::SubscribeHandler*> new_;                            ///< of this turn
  std::map<std::uint64_t, std::vector<plugin_api::SubscribeHandler*>> sent_;  ///< by number of the message that is to come back
  std::uint64_t next_number_ = first_number;
  bool is_closed_ = false;
};

}  // namespace signaling::nats_adapter
