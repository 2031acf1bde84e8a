#include "subscriber_connection.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>

#include <boost/asio/post.hpp>

#include "command_text.hpp"
#include "reply.hpp"
#include "server_error.hpp"

namespace signaling::redis_adapter {
namespace {

/// Channels in one command, and commands under way: together they bound what a resubscription puts into the queues.
constexpr std::size_t max_batch = 512;
constexpr std::size_t max_sent = 32;

constexpr std::chrono::milliseconds watch_interval{200};
/// A watch that comes this much too late shows that the thread was held up: replies may lie in the socket unread.
constexpr std::chrono::milliseconds stall{250};
constexpr std::chrono::seconds ping_after{1};
constexpr std::chrono::milliseconds retry_delay{50};

}  // namespace

SubscriberConnection::SubscriberConnection(Environment& environment, SubscriberConnectionOwner& owner, SubscriptionTable& table,
                                           bool is_sharded)
    : environment_(environment), owner_(owner), table_(table), is_sharded_(is_sharded) {}

SubscriberConnection::~SubscriberConnection() { close(); }

void SubscriberConnection::open(const ServerAddress& address) {
  ConnectionHandler& self = *this;
  connection_ = std::make_shared<Connection>(environment_, self, Purpose::subscriptions, address);
  connection_->open();
}

void SubscriberConnection::update(Channel& channel) {
  channel.carrier = this;
  if (channel.is_queued) return;
  channel.is_queued = true;
  if (restoring_.contains(channel.partition)) {
    // Wanted since the restoring began: in front of its mark, or there has to be another one.
    work_.push_front({&channel});
    touched_.insert(channel.partition);
  } else {
    work_.push_back({&channel});
  }
  schedule();
}

void SubscriberConnection::restore(std::vector<Partition> partitions) {
  // By partition, so that batches of sharded channels fill up.
  std::map<Partition, std::vector<Channel*>> wanted;
  for (const auto partition : partitions) {
    wanted[partition];
    troubled_.erase(partition);
  }
  table_.visit([&](Channel& channel) {
    if (const auto found = wanted.find(channel.partition); found != wanted.end() && channel.is_wanted)
      found->second.push_back(&channel);
  });
  for (auto& [partition, channels] : wanted)
    for (auto* channel : channels) update(*channel);
  restoring_.insert(partitions.begin(), partitions.end());
  work_.push_back({nullptr, std::move(partitions)});
  schedule();
}

std::size_t SubscriberConnection::pending() const noexcept {
  std::size_t count = work_.size();
  for (const auto& sent : sent_) count += sent.channels.size() - sent.answered;
  return count;
}

void SubscriberConnection::release(const std::set<Partition>& partitions) {
  for (const auto partition : partitions) {
    troubled_.erase(partition);
    restoring_.erase(partition);
  }
  const auto is_released = [&](const Channel* channel) {
    return channel != nullptr && partitions.contains(channel->partition);
  };
  for (auto& work : work_)
    if (is_released(work.channel)) work.channel = nullptr;
  for (auto& sent : sent_) std::replace_if(sent.channels.begin(), sent.channels.end(), is_released, nullptr);
  forget([&](const Channel& channel) { return is_released(&channel); });
}

void SubscriberConnection::fail(std::string_view reason) {
  if (connection_) connection_->fail(reason);
}

void SubscriberConnection::close() {
  if (!connection_) return;
  std::exchange(connection_, nullptr)->close();
  forget_all();
}

void SubscriberConnection::on_open(const ServerInfo& info) {
  watch_ = std::make_shared<asio::steady_timer>(environment_.io);
  watch();
  owner_.on_subscriber_open(info);
}

void SubscriberConnection::on_closed(const CloseReason& reason) {
  connection_ = nullptr;
  forget_all();
  owner_.on_subscriber_closed(reason);
}

void SubscriberConnection::forget_all() {
  if (watch_) std::exchange(watch_, nullptr)->cancel();
  if (retry_) std::exchange(retry_, nullptr)->cancel();
  is_scheduled_ = false;
  work_.clear();
  sent_.clear();
  troubled_.clear();
  restoring_.clear();
  touched_.clear();
  forget([](const Channel&) { return true; });
}

template <class Predicate>
void SubscriberConnection::forget(Predicate is_meant) {
  std::vector<ReplyHandler> waiting;
  table_.visit([&](Channel& channel) {
    if (channel.carrier != this || !is_meant(channel)) return;
    channel.carrier = nullptr;
    channel.is_queued = channel.is_asked = channel.is_confirmed = false;
    channel.outstanding = 0;
    std::move(channel.waiting.begin(), channel.waiting.end(), std::back_inserter(waiting));
    channel.waiting.clear();
    table_.drop_if_needless(channel);
  });
  for (auto& handler : waiting) environment_.finish(handler, {Outcome::away, "the subscription ended before it was confirmed"});
}

void SubscriberConnection::schedule() {
  if (is_scheduled_ || !is_open()) return;
  is_scheduled_ = true;
  asio::post(environment_.io, [this, weak = std::weak_ptr(connection_)] {
    const auto connection = weak.lock();
    // Closed in between: `this` may be gone too, unless the connection is still the one it holds.
    if (!connection || !connection->is_open()) return;
    is_scheduled_ = false;
    send_work();
  });
}

void SubscriberConnection::send_work() {
  while (!work_.empty() && sent_.size() < max_sent) {
    auto& next = work_.front();
    if (next.channel == nullptr) {
      auto restored = std::move(next.restored);
      work_.pop_front();
      if (!restored.empty()) send_ping(std::move(restored));
    } else if (next.channel->is_wanted == next.channel->is_asked) {
      // Changed there and back within a turn, or asked already.
      auto& channel = *next.channel;
      work_.pop_front();
      channel.is_queued = false;
      settle(channel);
    } else {
      send_batch();
    }
  }
}

void SubscriberConnection::send_batch() {
  const bool wants = work_.front().channel->is_wanted;
  const Partition partition = work_.front().channel->partition;
  Sent batch{wants ? Sent::Kind::subscribe : Sent::Kind::unsubscribe};
  std::vector<std::string_view> args{wants ? (is_sharded_ ? "SSUBSCRIBE" : "SUBSCRIBE")
                                           : (is_sharded_ ? "SUNSUBSCRIBE" : "UNSUBSCRIBE")};
  while (!work_.empty() && batch.channels.size() < max_batch) {
    auto* channel = work_.front().channel;
    if (channel == nullptr || channel->is_wanted != wants || channel->is_asked == wants) break;
    if (is_sharded_ && channel->partition != partition) break;
    work_.pop_front();
    channel->is_queued = false;
    channel->is_asked = wants;
    channel->is_confirmed = false;
    ++channel->outstanding;
    args.push_back(channel->name);
    batch.channels.push_back(channel);
  }
  batch.sent_at = SteadyClock::now();
  connection_->write(command_text(args));
  sent_.push_back(std::move(batch));
}

void SubscriberConnection::send_ping(std::vector<Partition> restored) {
  for (const auto partition : restored) touched_.erase(partition);
  connection_->write(command_text({"PING"}));
  sent_.push_back({Sent::Kind::ping, {}, 0, std::move(restored), SteadyClock::now()});
}

void SubscriberConnection::on_reply(redisReply& reply) {
  if (reply.type == REDIS_REPLY_ERROR)
    on_error(text_of(reply));
  else if (reply.type == REDIS_REPLY_ARRAY && reply.elements >= 2)
    on_push(reply);
  else if (text_of(reply) == "PONG")
    on_pong();
  else
    fail("a reply that nobody asked for");
}

void SubscriberConnection::on_push(redisReply& reply) {
  auto kind = text_of(*reply.element[0]);
  const auto name = text_of(*reply.element[1]);
  if (is_sharded_ && kind.starts_with('s') && kind != "subscribe") kind.remove_prefix(1);
  if (kind == "message" && reply.elements >= 3)
    owner_.on_channel_message(name, text_of(*reply.element[2]));
  else if (kind == "subscribe")
    on_confirmed(true, name);
  else if (kind == "unsubscribe")
    on_confirmed(false, name);
  else if (kind == "pong")
    on_pong();
}

void SubscriberConnection::on_confirmed(bool is_subscribed, std::string_view name) {
  const auto kind = is_subscribed ? Sent::Kind::subscribe : Sent::Kind::unsubscribe;
  auto* channel = table_.find(name);
  if (channel != nullptr && channel->carrier != this) channel = nullptr;
  const bool is_answer =
      !sent_.empty() && sent_.front().kind == kind && sent_.front().channels[sent_.front().answered] == channel;
  if (!is_answer) {
    // A cluster node ends the subscriptions of a slot that it has given away.
    if (is_subscribed) return fail("a confirmation that nobody asked for");
    if (channel == nullptr || !channel->is_asked) return;
    channel->is_asked = channel->is_confirmed = false;
    retry_later(channel->partition);
    owner_.on_channels_moved(channel->partition, {{}, 0, {}});
    return;
  }
  auto& front = sent_.front();
  if (++front.answered == front.channels.size()) sent_.pop_front();
  if (channel != nullptr) {
    --channel->outstanding;
    channel->is_confirmed = channel->is_asked && channel->outstanding == 0;
    settle(*channel);
  }
  if (!work_.empty()) schedule();
}

void SubscriberConnection::on_error(std::string_view text) {
  if (sent_.empty() || sent_.front().kind == Sent::Kind::ping) return fail("the server answered: " + std::string(text));
  const Sent failed = std::move(sent_.front());
  sent_.pop_front();
  if (!work_.empty()) schedule();
  const auto error = classify_error(text);
  const bool is_final = failed.kind == Sent::Kind::subscribe && error.remedy == Remedy::none;
  if (is_final)
    environment_.log(plugin_api::LogLevel::error,
                     "SUBSCRIBE of " + std::to_string(failed.channels.size()) + " channels: " + std::string(text));
  std::optional<Partition> partition;
  std::vector<ReplyHandler> refused;
  for (auto* channel : failed.channels) {
    if (channel == nullptr) continue;
    partition = channel->partition;
    if (--channel->outstanding == 0) channel->is_asked = channel->is_confirmed = false;
    if (is_final) {
      // Nothing that trying again cures, such as a channel that the user's ACL does not allow.
      channel->is_wanted = false;
      std::move(channel->waiting.begin(), channel->waiting.end(), std::back_inserter(refused));
      channel->waiting.clear();
    }
    settle(*channel);
  }
  if (partition && failed.kind == Sent::Kind::subscribe && !is_final) {
    retry_later(*partition);
    if (error.remedy == Remedy::moved) owner_.on_channels_moved(*partition, error.address);
  }
  environment_.stats.server_errors += refused.size();
  for (auto& handler : refused) environment_.finish(handler, {Outcome::server, text});
}

/// Tells those who wait for the channel if it is what they wait for, and forgets it if nobody wants it.
void SubscriberConnection::settle(Channel& channel) {
  if (channel.is_wanted && channel.is_confirmed && !channel.waiting.empty()) {
    auto waiting = std::exchange(channel.waiting, {});
    for (auto& handler : waiting) environment_.finish(handler, {});
    return;  // a handler may have dropped it
  }
  table_.drop_if_needless(channel);
}

void SubscriberConnection::retry_later(Partition partition) {
  troubled_.insert(partition);
  if (retry_) return;
  retry_ = std::make_shared<asio::steady_timer>(environment_.io, retry_delay);
  retry_->async_wait([this, weak = std::weak_ptr(retry_)](boost::system::error_code error) {
    const auto timer = weak.lock();
    if (error || !timer || retry_ != timer) return;
    retry_ = nullptr;
    if (is_open() && !troubled_.empty()) restore({troubled_.begin(), troubled_.end()});
  });
}

void SubscriberConnection::on_pong() {
  if (sent_.empty() || sent_.front().kind != Sent::Kind::ping) return fail("an answer to a PING that was not sent");
  auto restored = std::move(sent_.front().restored);
  sent_.pop_front();
  if (!work_.empty()) schedule();
  std::vector<Partition> complete, touched;
  for (const auto partition : restored) {
    if (!restoring_.contains(partition) || troubled_.contains(partition)) continue;
    (touched_.contains(partition) ? touched : complete).push_back(partition);
  }
  if (!touched.empty()) {
    work_.push_back({nullptr, std::move(touched)});
    schedule();
  }
  for (const auto partition : complete) restoring_.erase(partition);
  if (!complete.empty()) owner_.on_restored(complete);
}

void SubscriberConnection::watch() {
  const auto due = SteadyClock::now() + watch_interval;
  watch_->expires_at(due);
  watch_->async_wait([this, due, weak = std::weak_ptr(watch_)](boost::system::error_code error) {
    const auto timer = weak.lock();
    if (error || !timer || watch_ != timer) return;
    const auto now = SteadyClock::now();
    if (now - due < stall) {
      const auto limit = environment_.options.command_timeout;
      if (!sent_.empty() && now - sent_.front().sent_at > limit) {
        fail("no answer within " + std::to_string(limit.count()) + " ms");
        return;
      }
      if (sent_.empty() && now - connection_->last_read() > ping_after) send_ping({});
    }
    watch();
  });
}

}  // namespace signaling::redis_adapter
