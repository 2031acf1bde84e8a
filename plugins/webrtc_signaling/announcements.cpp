#include "announcements.hpp"

#include <string>

#include <signaling/plugin_api/json_build.hpp>

#include "loop.hpp"
#include "socket_state.hpp"

namespace signaling::webrtc_signaling {

using plugin_api::EmitFlags;
using plugin_api::Payload;
using plugin_api::json::Pieces;

namespace {

std::string room_json(std::string_view core_room) {
  return plugin_api::json::json_string(core_room.substr(core_room_prefix.size()));
}

void tell_earlier_members(Loop& loop, std::string_view core_room, std::string_view except, std::uint64_t mark,
                          const Payload& payload, EmitFlags flags = {}) {
  loop.namespaces.emit(
      {.namespace_name = loop.options->namespace_name, .rooms = {&core_room, 1}, .except = {&except, 1}, .before_mark = mark},
      payload, flags);
}

void announce_peer(Loop& loop, std::string_view opening, std::string_view core_room, std::string_view id,
                   std::string_view metadata, std::uint64_t mark, EmitFlags flags = {}) {
  const std::string room = room_json(core_room);
  tell_earlier_members(loop, core_room, id, mark,
                       Pieces(opening, room, R"(,"peer":{"id":")", id, R"(","metadata":)", metadata, "}}]"), flags);
}

void announce_gone(Loop& loop, std::string_view core_room, std::string_view id, std::string_view reason, std::uint64_t mark,
                   EmitFlags flags = {}) {
  const std::string room = room_json(core_room);
  tell_earlier_members(loop, core_room, id, mark,
                       Pieces(R"(["peer-left",{"room":)", room, R"(,"id":")", id, R"(","reason":")", reason, R"("}])"), flags);
}

constexpr std::string_view joined_opening = R"(["peer-joined",{"room":)";

}  // namespace

void announce_joined(Loop& loop, std::string_view core_room, std::string_view id, std::string_view metadata,
                     std::uint64_t mark) {
  announce_peer(loop, joined_opening, core_room, id, metadata, mark);
}

void announce_updated(Loop& loop, std::string_view core_room, std::string_view id, std::string_view metadata,
                      std::uint64_t mark) {
  announce_peer(loop, R"(["peer-updated",{"room":)", core_room, id, metadata, mark);
}

void announce_left(Loop& loop, std::string_view core_room, std::string_view id, std::string_view reason, std::uint64_t mark) {
  announce_gone(loop, core_room, id, reason, mark);
}

void announce_changes(Loop& loop, std::string_view core_room, std::span<const plugin_api::MemberChange> changes) {
  using Kind = plugin_api::MemberChange::Kind;
  constexpr EmitFlags local{.local = true};
  for (const plugin_api::MemberChange& change : changes) {
    switch (change.kind) {
      case Kind::joined: announce_peer(loop, joined_opening, core_room, change.member, change.value, change.mark, local); break;
      case Kind::left: announce_gone(loop, core_room, change.member, "disconnected", change.mark, local); break;
      case Kind::lost: announce_gone(loop, core_room, change.member, "node-lost", change.mark, local); break;
    }
  }
}

}  // namespace signaling::webrtc_signaling
