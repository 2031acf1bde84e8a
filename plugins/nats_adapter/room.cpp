#include "room.hpp"

#include <algorithm>

#include "envelope.hpp"
#include "wire.hpp"

namespace signaling::nats_adapter {

using plugin_api::Status;
using Kind = RoomOperation::Kind;

namespace {

/// Who was away for longer, or missed more, compares the members instead.
constexpr std::size_t max_changes = 64;
constexpr std::uint64_t change_age_us = 60'000'000;

auto find_member(Room& room, std::string_view name) {
  return std::find_if(room.members.begin(), room.members.end(), [&](const Member& each) { return each.name == name; });
}

void note(Room& room, Change::Kind kind, std::string_view member, std::uint64_t mark) {
  std::erase_if(room.changes, [&](const Change& each) { return each.mark + change_age_us < mark; });
  if (room.changes.size() >= max_changes) room.changes.erase(room.changes.begin());
  room.changes.push_back({kind, std::string(member), mark});
}

}  // namespace

const Member* Room::find(std::string_view name) const noexcept {
  const auto found = std::find_if(members.begin(), members.end(), [&](const Member& each) { return each.name == name; });
  return found == members.end() ? nullptr : &*found;
}

std::string encode_room(std::string_view name, const Room& room) {
  std::vector<const NodeId*> nodes;
  std::size_t bytes = 64 + name.size();
  const auto index_of = [&](const NodeId& node) {
    const auto found = std::find_if(nodes.begin(), nodes.end(), [&](const NodeId* each) { return *each == node; });
    const auto index = static_cast<std::size_t>(found - nodes.begin());
    if (found == nodes.end()) nodes.push_back(&node);
    return index;
  };
  for (const Member& each : room.members) {
    index_of(each.node);
    bytes += each.name.size() + each.value.size() + 24;
  }
  Writer out;
  out.reserve(bytes);
  out.byte(wire_version);
  out.text(name);
  out.number(room.last_mark);
  out.number(nodes.size());
  for (const NodeId* node : nodes) {
    out.text(node->tag);
    out.number(node->incarnation);
  }
  out.number(room.members.size());
  for (const Member& each : room.members) {
    out.number(index_of(each.node));
    out.number(each.place);
    out.number(each.mark);
    out.text(each.name);
    out.text(each.value);
  }
  out.number(room.changes.size());
  for (const Change& each : room.changes) {
    out.byte(static_cast<std::uint8_t>(each.kind));
    out.number(each.mark);
    out.text(each.member);
  }
  return out.take();
}

std::optional<NamedRoom> decode_room(std::string_view bytes) {
  Reader in(bytes);
  if (in.byte() != wire_version) return std::nullopt;
  NamedRoom named;
  named.name = in.text();
  named.room.last_mark = in.number();
  std::vector<NodeId> nodes;
  for (std::uint64_t left = in.number(); left > 0 && in.is_good(); --left) {
    NodeId& node = nodes.emplace_back();
    node.tag = in.text();
    node.incarnation = in.number();
  }
  for (std::uint64_t left = in.number(); left > 0 && in.is_good(); --left) {
    const std::uint64_t node = in.number();
    if (node >= nodes.size()) return std::nullopt;
    Member& member = named.room.members.emplace_back();
    member.node = nodes[static_cast<std::size_t>(node)];
    member.place = in.number();
    member.mark = in.number();
    member.name = in.text();
    member.value = in.text();
  }
  for (std::uint64_t left = in.number(); left > 0 && in.is_good(); --left) {
    const std::uint8_t kind = in.byte();
    if (kind != 1 && kind != 2) return std::nullopt;
    Change& change = named.room.changes.emplace_back();
    change.kind = static_cast<Change::Kind>(kind);
    change.mark = in.number();
    change.member = in.text();
  }
  if (!in.is_good()) return std::nullopt;
  return named;
}

std::optional<std::string_view> room_name(std::string_view bytes) {
  Reader in(bytes);
  if (in.byte() != wire_version) return std::nullopt;
  const std::string_view name = in.text();
  return in.is_good() ? std::optional(name) : std::nullopt;
}

RoomResult apply(Room& room, const RoomOperation& operation, std::int64_t wall_us) {
  RoomResult result;
  const auto next_mark = [&] {
    result.has_changed = true;
    return result.mark = room.last_mark =
               std::max(room.last_mark + 1, static_cast<std::uint64_t>(std::max<std::int64_t>(wall_us, 1)));
  };
  result.mark = room.last_mark;
  const auto found = find_member(room, operation.member);
  const bool is_there = found != room.members.end();
  switch (operation.kind) {
    case Kind::list: break;
    case Kind::put:
      result.existed = is_there;
      if (is_there) {
        found->value = operation.value;
        found->node = operation.node;
        found->mark = next_mark();
      } else if (operation.max_members != 0 && room.members.size() >= operation.max_members) {
        result.status = Status::full;
      } else {
        const std::uint64_t mark = next_mark();
        room.members.push_back({operation.member, operation.value, operation.node, mark, mark});
      }
      break;
    case Kind::remove:
      result.existed = is_there;
      if (!is_there) break;
      room.members.erase(found);
      next_mark();
      break;
    case Kind::restore: {
      if (is_there && found->node == operation.node) break;
      const std::uint64_t mark = next_mark();
      if (is_there) room.members.erase(found);
      const auto place = std::find_if(room.members.begin(), room.members.end(),
                                      [&](const Member& each) { return each.place > operation.place; });
      room.members.insert(place, {operation.member, operation.value, operation.node, operation.place, mark});
      note(room, Change::Kind::joined, operation.member, mark);
      break;
    }
    case Kind::expel:
      if (!is_there || found->node != operation.node) break;
      room.members.erase(found);
      next_mark();
      break;
    case Kind::reap:
      for (const Member& each : room.members) {
        if (each.node == operation.node) note(room, Change::Kind::lost, each.name, next_mark());
      }
      std::erase_if(room.members, [&](const Member& each) { return each.node == operation.node; });
      break;
  }
  return result;
}

}  // namespace signaling::nats_adapter
