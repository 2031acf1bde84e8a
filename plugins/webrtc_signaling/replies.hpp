#pragma once
// The acknowledgements that requests end in.

#include <signaling/plugin_api/socket.hpp>

#include "refusal.hpp"

namespace signaling::webrtc_signaling {

struct Loop;

/// `[{"ok":true}]`, where an acknowledgement is wanted.
void acknowledge(plugin_api::Socket& socket, plugin_api::AckToken ack);

/// `[{"ok":false,"error":{"code":…,"message":…}}]`, where an acknowledgement is wanted. Counted in any case.
void refuse(Loop& loop, plugin_api::Socket& socket, plugin_api::AckToken ack, const Refusal& refusal);

}  // namespace signaling::webrtc_signaling
