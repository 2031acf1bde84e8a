#include "change_log.hpp"

#include <array>
#include <charconv>
#include <map>
#include <string_view>

#include "presence_entry.hpp"

namespace signaling::redis_adapter {

namespace {
constexpr std::size_t chunk = 500;
constexpr std::string_view chunk_text = "500";
}  // namespace

void ChangeLog::read_all() {
  for (Partition p = 0; p < partitions_.size(); ++p) read(p);
}

void ChangeLog::on_nodes() {
  for (Partition p = 0; p < partitions_.size(); ++p) {
    Reading& reading = readings_[p];
    if (reading.held_at == 0) continue;
    reading.released = reading.held_at;
    reading.held_at = 0;
    read(p);
  }
}

void ChangeLog::read(Partition partition) {
  Reading& reading = readings_[partition];
  if (!partitions_[partition].is_open() || reading.held_at != 0) return;
  if (reading.is_under_way) {
    reading.again = true;
    return;
  }
  reading.is_under_way = true;
  reading.again = false;
  const std::string key = context_.names.base(partition) + "log";
  const std::string from = "(" + encode_mark(partitions_[partition].log_position);
  const std::array<std::string_view, 7> args = {"ZRANGEBYSCORE", key, from, "+inf", "LIMIT", "0", chunk_text};
  context_.backend.command(partition, args, context_.settings.command_timeout,
                           [this, partition](const Reply& reply) { on_read(partition, reply); });
}

void ChangeLog::on_read(Partition partition, const Reply& reply) {
  Reading& reading = readings_[partition];
  reading.is_under_way = false;
  if (!reply) return;  // read again with the next beat or on_up
  using plugin_api::MemberChange;
  std::map<std::string_view, std::vector<MemberChange>> rooms;
  const std::size_t count = size_of(reply.value);
  for (std::size_t i = 0; i < count; ++i) {
    const auto change = parse_log(text_at(reply.value, i));
    if (!change) continue;
    // The loss of a node is told before that of its members.
    if (change->kind == 'L' && change->mark > reading.released && !context_.is_own(change->tag) &&
        owner_.is_known_alive(change->tag)) {
      reading.held_at = change->mark;
      break;
    }
    partitions_[partition].log_position = std::max(partitions_[partition].log_position, change->mark);
    if (context_.is_own(change->tag)) continue;  // its own members never noticed
    MemberChange::Kind kind = MemberChange::Kind::left;
    if (change->kind == 'L') kind = MemberChange::Kind::lost;
    if (change->kind == 'J') kind = MemberChange::Kind::joined;
    rooms[change->room].push_back({kind, change->member, change->value, change->mark});
  }
  for (const auto& [room, changes] : rooms) context_.events.on_members_changed(room, changes);
  if (reading.held_at != 0) return owner_.on_loss_read();
  if (count >= chunk || reading.again) read(partition);
}

}  // namespace signaling::redis_adapter
