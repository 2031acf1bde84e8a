#include "gap.hpp"

#include <algorithm>
#include <array>

#include "presence_entry.hpp"

namespace signaling::redis_adapter {

namespace {
/// Rooms asked for at the same time.
constexpr std::size_t max_in_flight = 32;
constexpr std::int64_t retry_delay_us = 500 * us_per_ms;
}  // namespace

struct Gap::Run {
  Partition partition;
  std::uint64_t number;
  std::vector<std::string> rooms;
  std::string since;
  std::size_t next = 0;
  std::size_t in_flight = 0;
};

void Gap::begin(Partition partition, std::int64_t heard_us) {
  PartitionState& state = partitions_[partition];
  ++runs_[partition];
  if (state.has_gap || !state.has_offset) return;  // what the earlier gap left out is still to be told
  state.has_gap = true;
  state.gap_since = static_cast<std::uint64_t>(std::max<std::int64_t>(heard_us + state.offset_us, 0));
}

void Gap::catch_up(Partition partition) {
  PartitionState& state = partitions_[partition];
  if (!state.has_gap) return;
  auto run = std::make_shared<Run>();
  run->partition = partition;
  run->number = ++runs_[partition];
  run->since = encode_mark(state.gap_since);
  for (const auto& [room, members] : state.own.rooms()) run->rooms.push_back(room);
  if (run->rooms.empty()) state.has_gap = false;
  step(std::move(run));
}

void Gap::step(std::shared_ptr<Run> run) {
  while (run->in_flight < max_in_flight && run->next < run->rooms.size()) {
    const std::string& room = run->rooms[run->next++];
    ++run->in_flight;
    const std::array<std::string_view, 4> args = {partitions_[run->partition].run_id, context_.tag, room, run->since};
    context_.eval(run->partition, context_.scripts.changes, args, [this, run, &room](const Reply& reply) {
      --run->in_flight;
      if (runs_[run->partition] != run->number) return;
      if (!reply || text_at(reply.value, 0) != "ok") {
        // The gap stays: it is caught up with once the partition is ready again, or soon where it has been ready all the time.
        ++runs_[run->partition];
        partitions_[run->partition].catch_up_at_us = context_.now_us() + retry_delay_us;
        return;
      }
      tell(room, reply);
      if (run->in_flight == 0 && run->next == run->rooms.size()) {
        partitions_[run->partition].has_gap = false;
      } else {
        step(run);
      }
    });
  }
}

void Gap::tell(const std::string& room, const Reply& reply) {
  using plugin_api::MemberChange;
  std::vector<MemberChange> changes;
  for (std::size_t i = 1; i + 3 < size_of(reply.value); i += 4) {
    const auto kind = text_at(reply.value, i) == "J" ? MemberChange::Kind::joined : MemberChange::Kind::left;
    changes.push_back(
        {kind, text_at(reply.value, i + 2), text_at(reply.value, i + 3), parse_mark(text_at(reply.value, i + 1)).value_or(0)});
  }
  if (changes.empty()) return;
  std::sort(changes.begin(), changes.end(), [](const MemberChange& a, const MemberChange& b) { return a.mark < b.mark; });
  context_.metrics.gap_changes.add(static_cast<double>(changes.size()));
  context_.events.on_members_changed(room, changes);
}

}  // namespace signaling::redis_adapter
