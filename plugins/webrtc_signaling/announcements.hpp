#pragma once
// What a room is told about its members.
//
// `mark` is the change's place in the room's order. Only those who were admitted before it are told: who came later has found
// the change in its list of peers. So each learns of the other once, in one of the two ways.

#include <cstdint>
#include <span>
#include <string_view>

#include <signaling/plugin_api/presence.hpp>

namespace signaling::webrtc_signaling {

struct Loop;

/// `metadata` is JSON.
void announce_joined(Loop& loop, std::string_view core_room, std::string_view id, std::string_view metadata,
                     std::uint64_t mark);
void announce_updated(Loop& loop, std::string_view core_room, std::string_view id, std::string_view metadata,
                      std::uint64_t mark);
void announce_left(Loop& loop, std::string_view core_room, std::string_view id, std::string_view reason, std::uint64_t mark);
/// What no message told of (`Application::on_members_changed`), to the members on this node: each node tells its own. A member
/// that left while this node was cut off is said to have `disconnected`: how it left is not kept.
void announce_changes(Loop& loop, std::string_view core_room, std::span<const plugin_api::MemberChange> changes);

}  // namespace signaling::webrtc_signaling
