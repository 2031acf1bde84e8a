#include "topics.hpp"

#include <algorithm>
#include <utility>

namespace signaling::redis_adapter {

using plugin_api::Status;
using plugin_api::SubscribeHandler;

namespace {

void finish_handler(SubscribeHandler& handler, Status status) {
  struct Release {
    SubscribeHandler& handler;
    ~Release() { handler.release(); }
  } const release{handler};
  handler.on_subscribed(status);
}

}  // namespace

Topics::~Topics() { finish(Status::closed); }

void Topics::tell(Topic& topic, Status status) {
  for (SubscribeHandler* handler : std::exchange(topic.handlers, {})) finish_handler(*handler, status);
}

void Topics::subscribe(std::string_view name, SubscribeHandler* handler) {
  auto found = topics_.find(name);
  if (found == topics_.end()) {
    auto topic = std::make_shared<Topic>();
    topic->name = name;
    topic->partition = context_.backend.partition_of(name);
    topic->channel = context_.names.topic(topic->partition, name);
    found = topics_.emplace(topic->name, topic).first;
    if (context_.backend.is_up(topic->partition)) topic->phase = Phase::subscribing;
    context_.backend.subscribe(topic->partition, topic->channel,
                               [this, topic](const Reply& reply) { on_subscribed(topic, reply); });
  }
  Topic& topic = *found->second;
  topic.is_wanted = true;
  ++topic.lingers;
  if (topic.phase == Phase::active) return finish_handler(*handler, Status::ok);
  if (topic.phase == Phase::away) return finish_handler(*handler, Status::unavailable);
  topic.handlers.push_back(handler);
}

void Topics::unsubscribe(std::string_view name) {
  const auto found = topics_.find(name);
  if (found == topics_.end() || !found->second->is_wanted) return;
  Topic& topic = *found->second;
  topic.is_wanted = false;
  lingering_.push_back({context_.now_us() + us_of(context_.settings.linger), found->second, ++topic.lingers});
}

void Topics::publish(std::string_view name, std::string body) {
  const auto found = topics_.find(name);
  if (found == topics_.end()) {
    const Partition partition = context_.backend.partition_of(name);
    return outbox_.add(partition, context_.names.topic(partition, name), EnvelopeKind::bodies, std::move(body));
  }
  const TopicPtr& topic = found->second;
  if (topic->phase == Phase::active && !topic->is_shared) return context_.metrics.suppressed.add(1);
  outbox_.add(topic->partition, topic->channel, EnvelopeKind::bodies, std::move(body), [topic] {
    return Outbox::Sending{++topic->next_sequence, [topic, hellos_read = topic->hellos_read](const Reply& reply) {
                             // Redis gave it to this node alone, and nobody has come since as far as this node has read:
                             // whoever comes later says hello before anything of this node is missed.
                             if (reply && reply.integer() <= 1 && topic->phase == Phase::active && !topic->is_erased &&
                                 topic->hellos_read == hellos_read) {
                               topic->is_shared = false;
                             }
                           }};
  });
}

void Topics::on_subscribed(const TopicPtr& topic, const Reply& reply) {
  if (topic->is_erased || topic->phase != Phase::subscribing) return;
  if (reply) return greet(topic);
  topic->phase = Phase::away;
  tell(*topic, Status::unavailable);
}

void Topics::greet(const TopicPtr& topic) {
  topic->phase = Phase::greeting;
  topic->is_shared = true;
  topic->hello = next_hello_++;
  topic->receivers = -1;
  topic->welcomes = 0;
  greetings_.push_back({context_.now_us() + us_of(context_.settings.welcome_timeout), topic, topic->hello});
  outbox_.send(topic->partition, topic->channel, EnvelopeKind::hello, encode_number(topic->hello),
               [this, topic, hello = topic->hello, hellos_read = topic->hellos_read](const Reply& reply) {
                 on_greeted(topic, hello, hellos_read, reply);
               });
}

void Topics::on_greeted(const TopicPtr& topic, std::uint64_t hello, std::uint64_t hellos_read, const Reply& reply) {
  if (topic->is_erased || topic->phase != Phase::greeting || topic->hello != hello) return;
  if (!reply) {
    // Down: on_up greets again. Anything else is tried again when the time for welcomes is over.
    if (reply.outcome == Outcome::away || reply.outcome == Outcome::lost)
      end_greeting(*topic, Phase::away, Status::unavailable);
    return;
  }
  topic->receivers = reply.integer();
  if (topic->receivers <= 1 && topic->hellos_read == hellos_read) topic->is_shared = false;
  settle_greeting(*topic);
}

void Topics::settle_greeting(Topic& topic) {
  if (topic.receivers < 0 || topic.welcomes < topic.receivers - 1) return;
  end_greeting(topic, Phase::active, Status::ok);
}

void Topics::end_greeting(Topic& topic, Phase phase, Status status) {
  topic.phase = phase;
  if (std::exchange(topic.is_back, false)) --coming_back_[topic.partition];
  tell(topic, status);
}

void Topics::on_hello(std::string_view name, std::string_view from_tag, std::string_view number) {
  const auto found = topics_.find(name);
  if (found == topics_.end()) return;
  Topic& topic = *found->second;
  ++topic.hellos_read;
  topic.is_shared = true;
  const Partition partition = context_.backend.partition_of(from_tag);
  outbox_.add(partition, context_.names.node(partition, from_tag), EnvelopeKind::welcome, std::string(number).append(name));
}

void Topics::on_welcome(std::string_view number_and_topic) {
  if (number_and_topic.size() < 8) return;
  const auto found = topics_.find(number_and_topic.substr(8));
  if (found == topics_.end() || found->second->hello != decode_number(number_and_topic)) return;
  const TopicPtr topic = found->second;
  topic->is_shared = true;
  ++topic->welcomes;
  if (topic->phase == Phase::greeting) settle_greeting(*topic);
}

void Topics::on_sequence(std::string_view name, std::string_view from_tag, std::uint64_t sequence) {
  if (sequence == 0) return;
  const auto found = topics_.find(name);
  if (found == topics_.end()) return;
  auto& last = found->second->last_sequences;
  const auto known = std::find_if(last.begin(), last.end(), [&](const auto& each) { return each.first == from_tag; });
  if (known == last.end()) {
    last.emplace_back(from_tag, sequence);
    return;
  }
  // 1: the sender had left the topic and began anew.
  if (sequence > known->second + 1) context_.metrics.gaps.add(1);
  known->second = sequence;
}

void Topics::on_node_gone(std::string_view tag) {
  for (const auto& [name, topic] : topics_) {
    std::erase_if(topic->last_sequences, [&](const auto& each) { return each.first == tag; });
  }
}

std::vector<Topics::TopicPtr> Topics::topics_of(std::span<const Partition> partitions) const {
  std::vector<bool> is_meant(coming_back_.size());
  for (const Partition partition : partitions) is_meant[partition] = true;
  std::vector<TopicPtr> topics;
  for (const auto& [name, topic] : topics_) {
    if (is_meant[topic->partition]) topics.push_back(topic);
  }
  return topics;
}

void Topics::on_up(std::span<const Partition> partitions) {
  for (const TopicPtr& topic : topics_of(partitions)) {
    if (topic->phase == Phase::subscribing) continue;
    if (!std::exchange(topic->is_back, true)) ++coming_back_[topic->partition];
    greet(topic);
  }
}

void Topics::on_down(std::span<const Partition> partitions) {
  for (const TopicPtr& topic : topics_of(partitions)) {
    topic->is_shared = true;
    end_greeting(*topic, Phase::away, Status::unavailable);
  }
}

void Topics::tick() {
  const std::int64_t now = context_.now_us();
  while (!greetings_.empty() && greetings_.front().at_us <= now) {
    const Deadline due = std::move(greetings_.front());
    greetings_.pop_front();
    Topic& topic = *due.topic;
    if (topic.is_erased || topic.phase != Phase::greeting || topic.hello != due.number) continue;
    if (topic.receivers < 0) {
      greet(due.topic);  // the answer itself is missing
      continue;
    }
    // Who has not answered is too slow to wait for, or dead.
    end_greeting(topic, Phase::active, Status::ok);
  }
  while (!lingering_.empty() && lingering_.front().at_us <= now) {
    const Deadline due = std::move(lingering_.front());
    lingering_.pop_front();
    if (!due.topic->is_erased && !due.topic->is_wanted && due.topic->lingers == due.number) erase(due.topic);
  }
}

void Topics::erase(const TopicPtr& topic) {
  topic->is_erased = true;
  topics_.erase(topic->name);
  context_.backend.unsubscribe(topic->partition, topic->channel);
  end_greeting(*topic, topic->phase, Status::closed);
}

void Topics::finish(Status status) {
  for (const auto& [name, topic] : topics_) tell(*topic, status);
}

std::size_t Topics::shared_count() const noexcept {
  return static_cast<std::size_t>(
      std::count_if(topics_.begin(), topics_.end(), [](const auto& each) { return each.second->is_shared; }));
}

bool Topics::is_alone(std::string_view name) const {
  const auto found = topics_.find(name);
  return found != topics_.end() && found->second->phase == Phase::active && !found->second->is_shared;
}

}  // namespace signaling::redis_adapter
