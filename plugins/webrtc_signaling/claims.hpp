#pragma once
// What a socket's verified claims allow it to do.

#include <string_view>

namespace signaling::webrtc_signaling {

/// Claim `can`: a list out of `join`, `signal`, `message`. Everything is allowed where the claim is missing, and nothing where
/// it is no list: a token that says something we cannot read must not open a door.
/// @param claims     JSON object, or empty where nobody authenticates
/// @param permission one of the three words
bool may(std::string_view claims, std::string_view permission);

/// Claim `rooms`: a list of names; `*` at the end of one stands for any rest. Missing or no list: as above.
bool may_enter(std::string_view claims, std::string_view room);

}  // namespace signaling::webrtc_signaling
