#include "subscription_table.hpp"

namespace signaling::redis_adapter {

Channel& SubscriptionTable::channel(Partition partition, std::string_view name) {
  if (const auto found = channels_.find(name); found != channels_.end()) return found->second;
  Channel& channel = channels_[std::string(name)];
  channel.name = name;
  channel.partition = partition;
  return channel;
}

Channel* SubscriptionTable::find(std::string_view name) noexcept {
  const auto found = channels_.find(name);
  return found == channels_.end() ? nullptr : &found->second;
}

void SubscriptionTable::drop_if_needless(Channel& channel) {
  if (channel.is_needless()) channels_.erase(channels_.find(channel.name));
}

void SubscriptionTable::visit(const std::function<void(Channel&)>& visitor) {
  for (auto next = channels_.begin(); next != channels_.end();) {
    auto& channel = (next++)->second;  // the visitor may drop it
    visitor(channel);
  }
}

}  // namespace signaling::redis_adapter
