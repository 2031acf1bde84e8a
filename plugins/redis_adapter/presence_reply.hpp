#pragma once
// Members of a room as the scripts hand them out: a msgpack array of member, entry, member, entry …

#include <cstdint>
#include <string_view>
#include <vector>

#include <signaling/plugin_api/presence.hpp>

namespace signaling::redis_adapter {

/// In the order of their entering; the views point into `packed`. Entries that this release cannot read are left out, and so
/// is everything behind what is no msgpack array of strings.
std::vector<plugin_api::PresenceEntry> members_in_order(std::string_view packed, std::string_view except);

}  // namespace signaling::redis_adapter
