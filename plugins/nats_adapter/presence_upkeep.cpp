// The rooms as the stream tells of them, what is told of it, and what this node makes right in it.

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "presence.hpp"

namespace signaling::nats_adapter {

using plugin_api::MemberChange;
using Kind = RoomOperation::Kind;

namespace {

/// How long a room without members is kept for its marks.
constexpr std::int64_t tombstone_us = 60'000 * broker_parts::us_per_ms;

}  // namespace

const Presence::Kept& Presence::kept(const std::string& name) const {
  static const Kept none;
  const auto found = rooms_.find(name);
  return found == rooms_.end() ? none : found->second;
}

bool Presence::is_known(std::string_view name, std::uint64_t sequence) const {
  const auto found = rooms_.find(name);
  return found != rooms_.end() && found->second.version >= sequence;
}

void Presence::on_room(std::string name, std::uint64_t sequence, Room room) {
  adopt(name, sequence, std::make_shared<const Room>(std::move(room)));
}

void Presence::adopt(const std::string& name, std::uint64_t version, RoomPtr room) {
  Kept& known = rooms_[name];
  if (version <= known.version) return;
  const NodeId* last = nullptr;  // most members of a room stand beside others of their node
  for (const Member& each : room->members) {
    if (last == nullptr || *last != each.node) parts_.owner.mention(each.node);
    last = &each.node;
  }
  const RoomPtr before = std::exchange(known.room, room);
  known.version = version;
  if (room->members.empty()) tombstones_.push_back({name, version, parts_.clock.steady_us()});
  if (before && phase_ == Phase::ready) tell_changes(name, *before, *room);
  if (phase_ == Phase::away) return;
  reap_room(name, *room);
  if (!works_.contains(name)) reconcile(name);
}

void Presence::tell_changes(const std::string& name, const Room& before, const Room& after) {
  std::vector<MemberChange> told;
  for (const Change& change : after.changes) {
    if (change.mark <= before.last_mark) continue;
    if (const OwnEntries::Room* own = own_.room(name); own != nullptr && own->contains(change.member)) continue;
    if (change.kind == Change::Kind::lost) {
      const Member* const member = before.find(change.member);
      if (member != nullptr) parts_.owner.on_told_lost(member->node);
      told.push_back({MemberChange::Kind::lost, change.member, {}, change.mark});
    } else if (const Member* member = after.find(change.member)) {
      told.push_back({MemberChange::Kind::joined, change.member, member->value, change.mark});
    }
  }
  if (!told.empty()) parts_.owner.tell(name, told);
}

// What was missed, by comparison with what was there before.
void Presence::tell_gap() {
  const auto rooms = std::exchange(before_gap_, {});
  for (const auto& [name, before] : rooms) {
    const OwnEntries::Room* const own = own_.room(name);
    if (own == nullptr) continue;
    const RoomPtr now = kept(name).room ? kept(name).room : std::make_shared<const Room>();
    std::vector<MemberChange> told;
    for (const Member& each : before->members) {
      if (own->contains(each.name) || now->find(each.name) != nullptr) continue;
      const auto change = std::find_if(now->changes.rbegin(), now->changes.rend(), [&](const Change& candidate) {
        return candidate.member == each.name && candidate.kind == Change::Kind::lost && candidate.mark > before->last_mark;
      });
      const bool is_lost = change != now->changes.rend();
      told.push_back({is_lost || parts_.owner.is_gone(each.node) ? MemberChange::Kind::lost : MemberChange::Kind::left,
                      each.name,
                      {},
                      is_lost ? change->mark : std::max(now->last_mark, before->last_mark + 1)});
    }
    for (const Member& each : now->members) {
      if (!own->contains(each.name) && before->find(each.name) == nullptr)
        told.push_back({MemberChange::Kind::joined, each.name, each.value, each.mark});
    }
    std::stable_sort(told.begin(), told.end(), [](const MemberChange& a, const MemberChange& b) { return a.mark < b.mark; });
    if (!told.empty()) parts_.owner.tell(name, told);
  }
}

// What the stream has to be made equal to.

void Presence::reconcile(const std::string& name) {
  if (phase_ == Phase::away || is_closed_) return;
  const Kept& known = kept(name);
  const OwnEntries::Room* const own = own_.room(name);
  std::vector<RoomOperation> operations;
  std::size_t found = 0;
  if (known.room) {
    for (const Member& each : known.room->members) {
      if (each.node != parts_.self) continue;
      if (!is_leaving_ && own != nullptr && own->contains(each.name))
        ++found;
      else
        operations.push_back({Kind::expel, each.name, {}, parts_.self});
    }
  }
  if (own != nullptr && !is_leaving_ && found < own->size()) {
    std::unordered_set<std::string_view> there;
    if (known.room) {
      for (const Member& each : known.room->members) {
        if (each.node == parts_.self) there.insert(each.name);
      }
    }
    const std::size_t expelled = operations.size();
    for (const auto& [member, entry] : *own) {
      if (!entry.is_leaving && !there.contains(member))
        operations.push_back({Kind::restore, member, entry.value, parts_.self, 0, entry.place});
    }
    std::sort(operations.begin() + static_cast<std::ptrdiff_t>(expelled), operations.end(),
              [](const auto& one, const auto& two) { return one.place < two.place; });
  }
  for (RoomOperation& each : operations) add_internal(name, std::move(each));
  if (!operations.empty()) run(name);
}

void Presence::add_internal(const std::string& name, RoomOperation operation) {
  ++internal_count_;
  Pending pending;
  pending.operation = std::move(operation);
  works_[name].internal.push_back(std::move(pending));
}

void Presence::set_phase(Phase phase) {
  const Phase before = std::exchange(phase_, phase);
  if (phase == before) return;
  if (phase == Phase::away) {
    // Answers to what is under way may never come. It is carried out again, on what the room is then.
    requests_.clear();
    for (auto& [name, work] : works_) {
      work.state = Work::State::idle;
      work.internal_taken = work.asked_taken = 0;
      internal_count_ -= work.internal.size();
      work.internal.clear();  // found anew when the stream has been read
      drop_told(work);
    }
    if (before == Phase::ready) {
      for (const auto& [name, members] : own_.rooms()) {
        if (const auto found = rooms_.find(name); found != rooms_.end()) before_gap_.emplace(name, found->second.room);
      }
    }
    return;
  }
  if (phase == Phase::restoring) {
    std::vector<std::string> names;
    for (const auto& [name, members] : own_.rooms()) names.push_back(name);
    for (const auto& [name, room] : rooms_) {
      const auto& members = room.room->members;
      if (own_.room(name) == nullptr &&
          std::any_of(members.begin(), members.end(), [&](const Member& each) { return each.node == parts_.self; }))
        names.push_back(name);
    }
    for (const std::string& name : names) {
      const auto work = works_.find(name);
      if (work == works_.end() || work->second.internal.empty()) reconcile(name);
    }
    return;
  }
  tell_gap();
  reap();
  std::vector<std::string> names;
  for (const auto& [name, work] : works_) names.push_back(name);
  for (const std::string& name : names) run(name);
}

void Presence::forget_rooms() {
  rooms_.clear();
  tombstones_.clear();
  last_written_ = 0;
}

// Members of nodes that are gone.

void Presence::reap() {
  has_to_reap_ = false;
  if (phase_ == Phase::away) return;
  std::vector<std::string> names;
  for (const auto& [name, known] : rooms_) {
    if (std::any_of(known.room->members.begin(), known.room->members.end(),
                    [&](const Member& each) { return parts_.owner.is_gone(each.node); }))
      names.push_back(name);
  }
  for (const std::string& name : names) {
    const RoomPtr room = kept(name).room;
    if (room) reap_room(name, *room);
  }
}

void Presence::reap_room(const std::string& name, const Room& room) {
  std::vector<NodeId> gone;
  const NodeId* last = nullptr;
  for (const Member& each : room.members) {
    if (last != nullptr && *last == each.node) continue;
    last = &each.node;
    if (each.node != parts_.self && parts_.owner.is_gone(each.node) &&
        std::find(gone.begin(), gone.end(), each.node) == gone.end())
      gone.push_back(each.node);
  }
  if (gone.empty()) return;
  has_to_reap_ = true;  // looked at again until nothing is left
  if (!concerns_this_node(name) && !parts_.owner.is_first()) return;
  const auto work = works_.find(name);
  for (const NodeId& node : gone) {
    const bool is_under_way = work != works_.end() &&
                              std::any_of(work->second.internal.begin(), work->second.internal.end(), [&](const Pending& each) {
                                return each.operation.kind == Kind::reap && each.operation.node == node;
                              });
    if (!is_under_way) add_internal(name, {Kind::reap, {}, {}, node});
  }
  run(name);
}

void Presence::forget_tombstones() {
  const std::int64_t now = parts_.clock.steady_us();
  while (!tombstones_.empty() && tombstones_.front().since_us + tombstone_us <= now) {
    const Tombstone tombstone = std::move(tombstones_.front());
    tombstones_.pop_front();
    const auto found = rooms_.find(tombstone.room);
    if (found == rooms_.end() || found->second.version != tombstone.version || works_.contains(tombstone.room)) continue;
    // By its place: if somebody has entered meanwhile, that message stays.
    if (phase_ != Phase::away && parts_.owner.is_first()) parts_.store.erase(tombstone.version);
    rooms_.erase(found);
  }
}

}  // namespace signaling::nats_adapter
