#include "presence.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "presence_entry.hpp"
#include "presence_reply.hpp"

namespace signaling::redis_adapter {

using plugin_api::Status;
using Kind = Operation::Kind;
using Phase = PartitionState::Phase;

namespace {
/// For a put of which it is not known whether it happened; the application removes the member long before.
constexpr std::int64_t doubt_us = 60'000 * us_per_ms;
/// For an operation that waited until its time was nearly over.
constexpr std::chrono::milliseconds min_time{100};
}  // namespace

Presence::~Presence() { close(Status::closed); }

void Presence::submit(Operation&& operation) {
  Pending pending{std::move(operation), next_number_++, context_.now_us(), 0};
  pending.deadline_us = pending.began_us + us_of(context_.settings.operation_timeout);
  const Operation& asked = pending.operation;
  if (is_closed_) return finish(pending, closed_status_);
  if (asked.kind == Kind::put) {
    if (asked.name.empty() || asked.member.empty()) return finish(pending, Status::invalid);
    if (asked.body.size() > context_.settings.max_value_bytes) return finish(pending, Status::too_many);
  }
  const Partition partition = context_.backend.partition_of(asked.name);
  if (partitions_[partition].phase == Phase::down) return finish(pending, Status::unavailable);
  if (waiting_[partition].empty() && may_send(partition)) return send(partition, std::move(pending));
  if (waiting_count_ >= context_.settings.max_waiting_operations) return finish(pending, Status::too_many);
  wait(partition, std::move(pending));
}

bool Presence::may_send(Partition partition) const {
  return partitions_[partition].phase == Phase::ready && owner_.is_lease_sure();
}

void Presence::wait(Partition partition, Pending&& pending) {
  const std::uint64_t number = pending.number;
  waiting_[partition].emplace(number, std::move(pending));
  ++waiting_count_;
}

void Presence::drain(Partition partition) {
  Queue& queue = waiting_[partition];
  while (!queue.empty() && may_send(partition)) {
    auto first = queue.extract(queue.begin());
    --waiting_count_;
    send(partition, std::move(first.mapped()));
  }
}

void Presence::drain_all() {
  if (waiting_count_ == 0) return;
  for (Partition p = 0; p < waiting_.size(); ++p) drain(p);
}

void Presence::tick() {
  if (waiting_count_ == 0) return;
  const std::int64_t now = context_.now_us();
  for (Queue& queue : waiting_) {
    // Numbers grow with the time of the call, and all wait equally long.
    while (!queue.empty() && queue.begin()->second.deadline_us <= now) {
      auto first = queue.extract(queue.begin());
      --waiting_count_;
      finish(first.mapped(), Status::unavailable);
    }
  }
  drain_all();
}

void Presence::on_down(Partition partition) { finish_all(waiting_[partition], Status::unavailable); }

void Presence::close(Status status) {
  is_closed_ = true;
  closed_status_ = status;
  for (Queue& queue : waiting_) finish_all(queue, status);
}

void Presence::finish_all(Queue& queue, Status status) {
  Queue ended = std::exchange(queue, {});
  waiting_count_ -= ended.size();
  for (auto& [number, pending] : ended) finish(pending, status);
}

void Presence::send(Partition partition, Pending&& pending) {
  const auto held = std::make_shared<Pending>(std::move(pending));
  const Operation& operation = held->operation;
  const PartitionState& state = partitions_[partition];
  const std::chrono::milliseconds left((held->deadline_us - context_.now_us()) / us_per_ms);
  const auto eval = [&](const Script& script, std::span<const std::string_view> args, ReplyHandler handler) {
    context_.eval_within(std::max(left, min_time), partition, script, args, std::move(handler));
  };
  ++in_flight_;
  ReplyHandler handler = [this, partition, held](const Reply& reply) {
    --in_flight_;
    on_reply(partition, *held, reply);
  };
  switch (operation.kind) {
    case Kind::put: {
      std::uint32_t bound = operation.max_members;
      if (bound == 0 || bound > context_.settings.max_members_per_room)
        bound = static_cast<std::uint32_t>(context_.settings.max_members_per_room);
      const std::string max = std::to_string(bound);
      const std::array<std::string_view, 6> args = {state.run_id,     context_.tag,   operation.name,
                                                    operation.member, operation.body, max};
      eval(context_.scripts.put, args, std::move(handler));
      return;
    }
    case Kind::remove: {
      const std::array<std::string_view, 4> args = {state.run_id, context_.tag, operation.name, operation.member};
      eval(context_.scripts.remove, args, std::move(handler));
      return;
    }
    default: {
      const std::array<std::string_view, 2> args = {state.run_id, operation.name};
      eval(context_.scripts.list, args, std::move(handler));
      return;
    }
  }
}

void Presence::on_reply(Partition partition, Pending& pending, const Reply& reply) {
  if (!reply) return on_failure(partition, pending, reply);
  const Operation& operation = pending.operation;
  OwnEntries& own = partitions_[partition].own;
  const std::string_view verdict = text_at(reply.value, 0);
  const std::uint64_t mark = parse_mark(text_at(reply.value, 1)).value_or(0);
  if (verdict == "ok" && operation.kind == Kind::put) {
    own.set(operation.name, operation.member, operation.body, mark);
    const auto others = members_in_order(text_at(reply.value, 3), operation.member);
    return finish(pending, Status::ok, mark, number_at(reply.value, 2) != 0, others);
  }
  if (verdict == "ok" && operation.kind == Kind::remove) {
    // Where the answer to an earlier remove was lost, the member is gone from Redis and the others have not been told.
    const bool was_own = own.remove(operation.name, operation.member);
    return finish(pending, Status::ok, mark, was_own || number_at(reply.value, 2) != 0);
  }
  if (verdict == "ok") return finish(pending, Status::ok, mark, false, members_in_order(text_at(reply.value, 2), {}));
  if (verdict == "full") {
    const bool is_asked = operation.max_members != 0 && operation.max_members <= context_.settings.max_members_per_room;
    return finish(pending, is_asked ? Status::full : Status::too_many);
  }
  if (is_closed_) return finish(pending, closed_status_);
  // Nothing was changed. The operation goes on when what it met is over.
  const std::string argument(text_at(reply.value, 1));
  wait(partition, std::move(pending));
  if (verdict == "settling") {
    owner_.on_settling(partition, number_at(reply.value, 1));
  } else if (verdict == "fenced") {
    owner_.on_fenced(partition, argument);
  } else {
    owner_.on_epoch_lost(partition, argument == "other");
  }
}

void Presence::on_failure(Partition partition, Pending& pending, const Reply& reply) {
  const Operation& operation = pending.operation;
  switch (reply.outcome) {
    case Outcome::away: return finish(pending, Status::unavailable);
    case Outcome::full: return finish(pending, Status::too_many);
    case Outcome::server:
      // Scripts are carried out as a whole or, refused (out of memory, no permission), not at all.
      context_.log(plugin_api::LogLevel::error, std::string("Redis refused a presence operation: ").append(reply.text));
      return finish(pending, Status::unavailable);
    default: break;
  }
  if (operation.kind == Kind::put && partitions_[partition].own.find(operation.name, operation.member) == nullptr)
    partitions_[partition].own.doubt(operation.name, operation.member, context_.now_us() + doubt_us);
  finish(pending, Status::timeout);
}

void Presence::finish(Pending& pending, Status status, std::uint64_t mark, bool existed,
                      std::span<const plugin_api::PresenceEntry> others) {
  plugin_api::PresenceHandler* handler = std::exchange(pending.operation.presence_handler, nullptr);
  if (handler == nullptr) return;
  struct Release {
    plugin_api::PresenceHandler& handler;
    ~Release() { handler.release(); }
  } const release{*handler};
  if (pending.began_us != 0)
    context_.metrics.presence_latency.observe(static_cast<double>(context_.now_us() - pending.began_us) / 1e6);
  handler->on_presence(status, mark, existed, others);
}

}  // namespace signaling::redis_adapter
