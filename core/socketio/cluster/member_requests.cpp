#include "member_requests.hpp"

#include <algorithm>

#include "cluster_message.hpp"

namespace signaling::socketio::cluster {

using plugin_api::Status;

namespace {

// loop (8 bits), generation (24), slot (32)
constexpr std::uint64_t make_request(std::uint32_t loop, std::uint32_t generation, std::size_t slot) noexcept {
  return (std::uint64_t{loop} << 56) | (std::uint64_t{generation & 0xffffff} << 32) | (slot + 1);
}

}  // namespace

std::uint64_t MemberRequests::add(const base::Sid& target, std::string_view namespace_name, std::string_view room,
                                  HandlerRef<plugin_api::StatusHandler> handler) {
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(slots_.size()));
    slots_.emplace_back();
  }
  const std::uint32_t index = free_.back();
  free_.pop_back();
  Slot& slot = slots_[index];
  slot.handler = std::move(handler);
  slot.target = target;
  slot.namespace_name = namespace_name;
  slot.room = room;
  const std::uint64_t request = make_request(loop_.index(), slot.generation, index);
  const base::TimePoint now = loop_.event_loop().now();
  order_.push_back({request, now});
  ClusterCounters::add(outlet_.counters().pending);
  // The timer may be set for the end of a request that was checked long ago, or has been answered since.
  if (!is_armed() || due_ > now + check_after) arm(now);
  return request;
}

MemberRequests::Slot* MemberRequests::find(std::uint64_t request) noexcept {
  const std::size_t index = static_cast<std::size_t>(request & 0xffffffff) - 1;
  if (index >= slots_.size() || !slots_[index].handler) return nullptr;
  return make_request(loop_.index(), slots_[index].generation, index) == request ? &slots_[index] : nullptr;
}

HandlerRef<plugin_api::StatusHandler> MemberRequests::release(Slot& slot) {
  ++slot.generation;
  free_.push_back(static_cast<std::uint32_t>(&slot - slots_.data()));
  ClusterCounters::subtract(outlet_.counters().pending);
  HandlerRef<plugin_api::StatusHandler> handler = std::move(slot.handler);
  while (!order_.empty() && find(order_.front().request) == nullptr) {
    order_.pop_front();
    if (unchecked_ > 0) --unchecked_;
  }
  return handler;
}

HandlerRef<plugin_api::StatusHandler> MemberRequests::take(std::uint64_t request) {
  Slot* slot = find(request);
  return slot != nullptr ? release(*slot) : nullptr;
}

void MemberRequests::resolve(std::uint64_t request, Status status) {
  HandlerRef<plugin_api::StatusHandler> handler = take(request);
  if (!handler) return outlet_.counters().drop(ClusterDrop::late_answer);
  loop_.tell(std::move(handler), status);
}

void MemberRequests::lose(std::string_view tag) {
  std::vector<HandlerRef<plugin_api::StatusHandler>> told;  // first all, then told: a handler may ask again
  for (Slot& slot : slots_) {
    if (slot.handler && slot.target.node_tag() == tag) told.push_back(release(slot));
  }
  for (HandlerRef<plugin_api::StatusHandler>& handler : told) loop_.tell(std::move(handler), Status::not_found);
}

void MemberRequests::check(std::uint64_t request, const Slot& slot) {
  if (slot.room.empty()) return;  // it was sent on the node's own channel
  Writer writer;
  const MemberCheck message{slot.target.view(), request, slot.namespace_name, slot.room};
  outlet_.to_node(slot.target.node_tag(), encode(writer, Kind::member_check, message));
}

void MemberRequests::arm(base::TimePoint now) {
  if (order_.empty()) return;
  base::TimePoint next = order_.front().asked + loop_.options().member_timeout;
  if (unchecked_ < order_.size()) next = std::min(next, order_[unchecked_].asked + check_after);
  due_ = std::max(next, now);
  loop_.event_loop().timers().arm(*this, due_);
}

void MemberRequests::on_timer(base::TimePoint now) {
  for (; unchecked_ < order_.size() && order_[unchecked_].asked + check_after <= now; ++unchecked_) {
    const std::uint64_t request = order_[unchecked_].request;
    if (const Slot* slot = find(request)) check(request, *slot);
  }
  std::vector<HandlerRef<plugin_api::StatusHandler>> told;
  while (!order_.empty() && order_.front().asked + loop_.options().member_timeout <= now) {
    const std::uint64_t request = order_.front().request;
    HandlerRef<plugin_api::StatusHandler> handler = take(request);  // takes it off the list
    if (!handler) {
      order_.pop_front();
      if (unchecked_ > 0) --unchecked_;
      continue;
    }
    ClusterCounters::add(outlet_.counters().timeouts);
    told.push_back(std::move(handler));
  }
  arm(now);
  for (HandlerRef<plugin_api::StatusHandler>& handler : told) loop_.tell(std::move(handler), Status::timeout);
}

}  // namespace signaling::socketio::cluster
