#pragma once
// Subscriptions of this node, and whether anybody else has them too.
//
// A topic that this node alone is subscribed to is `alone`: nothing is published to it. Whoever subscribes says `hello` on the
// topic; Redis answers with the number of subscribers, and each of them marks the topic shared before it sends its `welcome`.
// So a subscription is acknowledged only when every node that could have thought itself alone knows better.

#include <broker_parts/text_map.hpp>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "context.hpp"
#include "envelope.hpp"
#include "outbox.hpp"

namespace signaling::redis_adapter {

class Topics {
 public:
  Topics(Context& context, Outbox& outbox)
      : context_(context), outbox_(outbox), coming_back_(context.backend.partition_count()) {}
  ~Topics();

  /// The handler is told once, whatever happens.
  void subscribe(std::string_view topic, plugin_api::SubscribeHandler* handler);
  /// Takes effect after a while: a leave followed by a join costs nothing.
  void unsubscribe(std::string_view topic);
  /// Into the outbox, or nowhere where nobody else listens.
  void publish(std::string_view topic, std::string body);

  void on_hello(std::string_view topic, std::string_view from_tag, std::string_view number);
  void on_welcome(std::string_view number_and_topic);
  /// Counts what is missing between the envelopes of one sender.
  void on_sequence(std::string_view topic, std::string_view from_tag, std::uint64_t sequence);
  /// Its sequences are forgotten: topics live longer than nodes.
  void on_node_gone(std::string_view tag);

  /// Everything of the partitions is subscribed (again): hellos say so.
  void on_up(std::span<const Partition> partitions);
  void on_down(std::span<const Partition> partitions);
  /// Not yet every node that thought itself alone while the partition was down knows better: what they send is not heard.
  bool is_catching_up(Partition partition) const { return coming_back_[partition] != 0; }
  void tick();
  /// Tells every handler that waits `status`.
  void finish(plugin_api::Status status);

  /// The core has subscribed and not unsubscribed: what comes while the subscription lingers is not for it.
  bool is_wanted(std::string_view topic) const {
    const auto found = topics_.find(topic);
    return found != topics_.end() && found->second->is_wanted;
  }
  std::size_t size() const noexcept { return topics_.size(); }
  std::size_t shared_count() const noexcept;
  /// For tests and logs.
  bool is_alone(std::string_view topic) const;

 private:
  enum class Phase : std::uint8_t {
    away,         ///< wanted, the partition is down
    subscribing,  ///< Redis has not confirmed yet
    greeting,     ///< a hello is under way, or its welcomes are
    active,
  };
  struct Topic {
    std::string name;
    std::string channel;
    Partition partition;
    Phase phase = Phase::away;
    bool is_wanted = true;
    bool is_shared = true;
    bool is_erased = false;
    bool is_back = false;             ///< greeting again, after the partition was down
    std::uint64_t hello = 0;          ///< number of the last one sent
    long long receivers = -1;         ///< of it; -1: not known yet
    long long welcomes = 0;           ///< for it
    std::uint64_t hellos_read = 0;    ///< of others
    std::uint64_t lingers = 0;        ///< counts the unsubscribes, so that an old timer does nothing
    std::uint64_t next_sequence = 0;  ///< of what this node publishes
    std::vector<plugin_api::SubscribeHandler*> handlers;
    std::vector<std::pair<std::string, std::uint64_t>> last_sequences;  ///< by sender
  };
  using TopicPtr = std::shared_ptr<Topic>;
  struct Deadline {
    std::int64_t at_us;
    TopicPtr topic;
    std::uint64_t number;  ///< hello or lingers it was set for
  };

  void on_subscribed(const TopicPtr& topic, const Reply& reply);
  void greet(const TopicPtr& topic);
  void on_greeted(const TopicPtr& topic, std::uint64_t hello, std::uint64_t hellos_read, const Reply& reply);
  void settle_greeting(Topic& topic);
  void end_greeting(Topic& topic, Phase phase, plugin_api::Status status);
  void erase(const TopicPtr& topic);
  /// One look at all topics, however many partitions: there may be 256 of them, and a hundred thousand topics.
  std::vector<TopicPtr> topics_of(std::span<const Partition> partitions) const;
  static void tell(Topic& topic, plugin_api::Status status);

  Context& context_;
  Outbox& outbox_;
  broker_parts::TextMap<TopicPtr> topics_;
  std::deque<Deadline> greetings_;  ///< by time: all waits are equally long
  std::deque<Deadline> lingering_;
  std::vector<std::size_t> coming_back_;  ///< by partition: topics with is_back
  std::uint64_t next_hello_ = 1;
};

}  // namespace signaling::redis_adapter
