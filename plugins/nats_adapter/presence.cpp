#include "presence.hpp"

#include <algorithm>
#include <exception>
#include <tuple>
#include <utility>

namespace signaling::nats_adapter {

using broker_parts::us_of;
using broker_parts::us_per_ms;
using plugin_api::Status;
using Kind = RoomOperation::Kind;

namespace {

constexpr std::int64_t look_interval_us = 50 * us_per_ms;
constexpr std::int64_t reap_interval_us = 1'000 * us_per_ms;

RoomOperation room_operation(Operation&& operation, const NodeId& self) {
  RoomOperation made{Kind::list};
  if (operation.kind == Operation::Kind::put) made.kind = Kind::put;
  if (operation.kind == Operation::Kind::remove) made.kind = Kind::remove;
  made.member = std::move(operation.member);
  made.value = std::move(operation.body);
  made.node = self;
  made.max_members = operation.max_members;
  return made;
}

}  // namespace

Presence::~Presence() { close(Status::closed); }

// What the core asks.

void Presence::submit(Operation&& operation) {
  Pending pending;
  pending.handler = std::exchange(operation.presence_handler, nullptr);
  pending.began_us = parts_.clock.steady_us();
  pending.deadline_us = pending.began_us + us_of(parts_.settings.operation_timeout);
  const std::string name = std::move(operation.name);
  pending.operation = room_operation(std::move(operation), parts_.self);
  if (is_closed_ || is_leaving_) return finish(pending, closed_status_);
  RoomOperation& asked = pending.operation;
  if (asked.kind == Kind::put) {
    if (name.empty() || asked.member.empty()) return finish(pending, Status::invalid);
    if (asked.value.size() > parts_.settings.max_value_bytes) return finish(pending, Status::too_many);
    if (asked.max_members == 0 || asked.max_members > parts_.settings.max_members_per_room) {
      asked.max_members = static_cast<std::uint32_t>(parts_.settings.max_members_per_room);
      pending.is_bound_asked = false;
    }
  }
  if (asked_count_ >= parts_.settings.max_waiting_operations) return finish(pending, Status::too_many);
  ++asked_count_;
  works_[name].asked.push_back(std::move(pending));
  run(name);
}

// One request at a time for each room.

void Presence::run(const std::string& name) {
  const auto found = works_.find(name);
  if (found == works_.end()) return;
  Work& work = found->second;
  if (work.state != Work::State::idle || phase_ == Phase::away) return;
  if (work.internal.empty() && (work.asked.empty() || phase_ != Phase::ready)) {
    if (!work.asked.empty()) return;
    works_.erase(found);
    return reconcile(name);
  }
  start(name, work, kept(name), false);
}

// The caller keeps `work` alive: `run` is the only one that takes it away, and does so last.
void Presence::start(const std::string& name, Work& work, const Kept& base, bool is_fresh) {
  while (true) {
    work.internal_taken = std::min(work.internal.size(), work.limit);
    work.asked_taken = phase_ == Phase::ready ? std::min(work.asked.size(), work.limit - work.internal_taken) : 0;
    if (work.internal_taken + work.asked_taken == 0) return finish_work(name, work);
    work.base = base.room ? base.room : std::make_shared<const Room>();
    work.wall_us = parts_.clock.wall_us();
    const auto next = std::make_shared<Room>(*work.base);
    bool has_changed = false;
    for (std::size_t i = 0; i < work.internal_taken; ++i)
      has_changed |= (work.result = apply(*next, work.internal[i].operation, work.wall_us)).has_changed;
    for (std::size_t i = 0; i < work.asked_taken; ++i)
      has_changed |= (work.result = apply(*next, work.asked[i].operation, work.wall_us)).has_changed;
    work.next = next;
    if (!has_changed && !is_fresh) return read(name, work);
    if (!has_changed) return commit(name, work);
    const std::string content = encode_room(name, *next);
    if (content.size() > parts_.store.max_bytes()) {
      if (work.limit == 1) return refuse_first(name, work, Status::too_many);
      work.limit = std::max<std::size_t>(1, (work.internal_taken + work.asked_taken) / 2);
      continue;
    }
    work.state = Work::State::writing;
    work.number = next_number_++;
    work.since_us = parts_.clock.steady_us();
    requests_.emplace(work.number, name);
    parts_.metrics.writes.add(1);
    parts_.store.write(work.number, name, content, base.version);
    return;
  }
}

void Presence::read(const std::string& name, Work& work) {
  work.state = Work::State::reading;
  work.number = next_number_++;
  work.since_us = parts_.clock.steady_us();
  requests_.emplace(work.number, name);
  parts_.store.read(work.number, name);
}

void Presence::on_written(std::uint64_t number, const Written& written) {
  auto request = requests_.extract(number);
  if (request.empty()) return;
  const std::string& name = request.mapped();
  Work& work = works_.at(name);
  if (written.kind == Written::Kind::ok) {
    last_written_ = std::max(last_written_, written.sequence);
    // Before the answers; `work` is not idle, so nothing is reconciled yet.
    adopt(name, written.sequence, work.next);
    return commit(name, work);
  }
  if (written.kind == Written::Kind::full) return refuse_first(name, work, Status::too_many);
  if (written.kind == Written::Kind::conflict) parts_.metrics.conflicts.add(1);
  read(name, work);
}

void Presence::on_read(std::uint64_t number, ReadResult result) {
  auto request = requests_.extract(number);
  if (request.empty()) return;
  const std::string& name = request.mapped();
  Work& work = works_.at(name);
  Kept fresh{result.sequence, std::make_shared<const Room>(std::move(result.room))};
  if (result.sequence != 0) {
    adopt(name, result.sequence, fresh.room);
  } else if (const auto known = rooms_.find(name); known != rooms_.end()) {
    // Its tombstone is gone; the marks go on.
    Room empty;
    empty.last_mark = known->second.room->last_mark;
    fresh.room = std::make_shared<const Room>(std::move(empty));
    rooms_.erase(known);
  }
  start(name, work, fresh, true);
}

void Presence::on_read_failed(std::uint64_t number) {
  auto request = requests_.extract(number);
  if (request.empty()) return;
  works_.at(request.mapped()).since_us = 0;  // `tick` tries again
  works_.at(request.mapped()).number = 0;
}

bool Presence::is_reading(std::uint64_t number) const {
  const auto request = requests_.find(number);
  return request != requests_.end() && works_.at(request->second).state == Work::State::reading;
}

// Each operation is answered by the room as it was behind it: where there are several, they are carried out once more.
void Presence::commit(const std::string& name, Work& work) {
  const bool is_one = work.internal_taken + work.asked_taken == 1;
  const RoomPtr base = work.base, next = work.next;
  Room room;
  if (!is_one) room = *base;
  const auto carry_out = [&](const RoomOperation& operation) {
    return is_one ? work.result : apply(room, operation, work.wall_us);
  };
  for (; work.internal_taken > 0; --work.internal_taken) {
    Pending pending = std::move(work.internal.front());
    work.internal.pop_front();
    --internal_count_;
    const std::size_t before = is_one ? base->members.size() : room.members.size();
    const RoomResult result = carry_out(pending.operation);
    const std::size_t after = is_one ? next->members.size() : room.members.size();
    if (pending.operation.kind == Kind::restore && result.has_changed) parts_.metrics.restored.add(1);
    if (pending.operation.kind == Kind::reap) parts_.metrics.reaped.add(static_cast<double>(before - after));
  }
  for (; work.asked_taken > 0; --work.asked_taken) {
    Pending pending = std::move(work.asked.front());
    work.asked.pop_front();
    --asked_count_;
    // An earlier attempt of the same put, of which nobody knows, is not somebody who was there.
    const Member* const before = (is_one ? *base : room).find(pending.operation.member);
    const bool is_unknown = before != nullptr && before->node == parts_.self && own_.find(name, before->name) == nullptr;
    RoomResult result = carry_out(pending.operation);
    if (pending.operation.kind == Kind::put && is_unknown) result.existed = false;
    complete(name, pending, is_one ? *next : room, result);
  }
  finish_work(name, work);
}

void Presence::complete(const std::string& name, Pending& pending, const Room& room, const RoomResult& result) {
  const RoomOperation& operation = pending.operation;
  const bool is_told = pending.handler == nullptr;  // too late: it was said that the outcome is not known
  bool existed = result.existed;
  entries_.clear();
  if (operation.kind == Kind::put && result.status == Status::ok) {
    const OwnEntry* const own = own_.find(name, operation.member);
    const Member* const member = room.find(operation.member);
    if (!is_told || own != nullptr)
      own_.set(name, operation.member, operation.value, member != nullptr ? member->place : result.mark);
  }
  if (operation.kind == Kind::remove) {
    if (is_told) {
      if (OwnEntry* own = own_.find(name, operation.member)) own->is_leaving = true;
    } else {
      existed |= own_.remove(name, operation.member);
    }
  }
  if (is_told) return;
  const bool is_list = operation.kind == Kind::list;
  if (is_list || (operation.kind == Kind::put && result.status == Status::ok)) {
    for (const Member& each : room.members) {
      if (is_list || each.name != operation.member) entries_.push_back({each.name, each.value, each.mark});
    }
  }
  if (result.status == Status::full && !pending.is_bound_asked) return finish(pending, Status::too_many);
  finish(pending, result.status, result.status == Status::ok ? result.mark : 0, existed, entries_);
}

void Presence::refuse_first(const std::string& name, Work& work, Status status) {
  auto& queue = work.internal_taken > 0 ? work.internal : work.asked;
  Pending pending = std::move(queue.front());
  queue.pop_front();
  if (work.internal_taken > 0) {
    --internal_count_;
    parts_.host.log(plugin_api::LogLevel::warn, "a member of this node could not be put back into its room: there is no place");
    // What cannot stand there is not this node's own any more, or it would be tried for ever.
    if (pending.operation.kind == Kind::restore) own_.remove(name, pending.operation.member);
  } else {
    --asked_count_;
    finish(pending, status);
  }
  finish_work(name, work);
}

void Presence::finish_work(const std::string& name, Work& work) {
  work.state = Work::State::idle;
  work.internal_taken = work.asked_taken = 0;
  work.limit = max_batch;
  work.base.reset();
  work.next.reset();
  run(name);
}

// Those that are not part of a write are not carried out any more.
void Presence::drop_told(Work& work) {
  const std::size_t under_way = work.state == Work::State::writing ? work.asked_taken : 0;
  const auto from = work.asked.begin() + static_cast<std::ptrdiff_t>(under_way);
  const auto end = std::remove_if(from, work.asked.end(), [](const Pending& each) { return each.handler == nullptr; });
  asked_count_ -= static_cast<std::size_t>(work.asked.end() - end);
  work.asked.erase(end, work.asked.end());
}

void Presence::finish(Pending& pending, Status status, std::uint64_t mark, bool existed,
                      std::span<const plugin_api::PresenceEntry> others) {
  plugin_api::PresenceHandler* const handler = std::exchange(pending.handler, nullptr);
  if (handler == nullptr) return;
  struct Release {
    plugin_api::PresenceHandler& handler;
    ~Release() { handler.release(); }
  } const release{*handler};
  parts_.metrics.presence_latency.observe(static_cast<double>(parts_.clock.steady_us() - pending.began_us) / 1e6);
  try {
    handler->on_presence(status, mark, existed, others);
  } catch (const std::exception& error) {
    // The queue of the room has to go on.
    parts_.host.log(plugin_api::LogLevel::error, std::string("a handler of a presence operation threw: ") + error.what());
  }
}

// Time limits and the end.

void Presence::leave() {
  is_leaving_ = true;
  for (auto& [name, work] : works_) {
    const std::size_t under_way = work.state == Work::State::writing ? work.asked_taken : 0;
    for (std::size_t i = under_way; i < work.asked.size(); ++i) finish(work.asked[i], Status::closed);
    drop_told(work);
  }
  if (phase_ == Phase::away) return;
  std::vector<std::string> names;
  for (const auto& [name, members] : own_.rooms()) names.push_back(name);
  for (const auto& [name, work] : works_) names.push_back(name);
  for (const std::string& name : names) works_.contains(name) ? run(name) : reconcile(name);
}

void Presence::tick() {
  const std::int64_t now = parts_.clock.steady_us();
  if (now < next_look_us_) return;
  next_look_us_ = now + look_interval_us;
  parts_.metrics.entries.set(static_cast<double>(own_.size()));
  parts_.metrics.waiting.set(static_cast<double>(asked_count_));
  parts_.metrics.rooms.set(static_cast<double>(rooms_.size()));
  std::vector<std::string> again;
  std::vector<std::tuple<std::string, Pending*, Status>> late;
  for (auto& [name, work] : works_) {
    for (std::size_t i = 0; i < work.asked.size(); ++i) {
      if (work.asked[i].deadline_us > now) break;  // in the order of their calls
      if (work.asked[i].handler == nullptr) continue;
      const bool is_under_way = i < work.asked_taken && work.state == Work::State::writing;
      late.emplace_back(name, &work.asked[i], is_under_way ? Status::timeout : Status::unavailable);
    }
    if (work.state != Work::State::idle && now - work.since_us > us_of(parts_.settings.request_timeout)) again.push_back(name);
  }
  // Handlers may call anything of the adapter, but all of that goes through its inbox.
  for (auto& [name, pending, status] : late) {
    OwnEntry* const own = status == Status::timeout && pending->operation.kind == Kind::remove
                              ? own_.find(name, pending->operation.member)
                              : nullptr;
    if (own != nullptr) own->is_leaving = true;
    finish(*pending, status);
  }
  std::vector<std::string> shorter;
  for (const auto& each : late) {
    if (shorter.empty() || shorter.back() != std::get<0>(each)) shorter.push_back(std::get<0>(each));
  }
  for (const std::string& name : shorter) {
    drop_told(works_.at(name));
    run(name);
  }
  for (const std::string& name : again) {
    Work& work = works_.at(name);
    if (work.number != 0) requests_.erase(work.number);
    read(name, work);
  }
  if (has_to_reap_ && now >= next_reap_us_) {
    next_reap_us_ = now + reap_interval_us;
    reap();
  }
  forget_tombstones();
}

void Presence::close(Status status) {
  is_closed_ = true;
  closed_status_ = status;
  phase_ = Phase::away;
  requests_.clear();
  for (auto& [name, work] : works_) {
    for (Pending& each : work.asked) finish(each, status);
  }
  works_.clear();
  asked_count_ = internal_count_ = 0;
}

}  // namespace signaling::nats_adapter
