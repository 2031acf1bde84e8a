#pragma once
// How much may be on its way in a tunnel. All counted since the beginning, so that one lost number does no harm.

#include <cstddef>
#include <cstdint>

#include <signaling/base/clock.hpp>

namespace signaling::forwarding {

/// To the client: beyond this the owner's channel is not writable, and drops what is volatile. As much as a kernel would have
/// taken from a connection of its own.
inline constexpr std::uint64_t download_window = 256 * 1024;
/// From the client: beyond this its WebSocket is not read from until the owner has caught up.
inline constexpr std::uint64_t upload_window = 1024 * 1024;
/// What was written, or taken, is told after so many bytes; little talk costs no message of its own.
inline constexpr std::uint64_t told_after = 32 * 1024;
/// First look for what the kernel has taken, and how often while it does not take everything.
inline constexpr base::Milliseconds first_look{1};
inline constexpr base::Milliseconds next_look{20};

/// Longest wait for the `5` of a client whose WebSocket is to end: the default of `engine.upgrade_timeout`, the owner's wait.
inline constexpr base::Milliseconds upgrade_wait{10'000};

/// Why a client's WebSocket ends when the way to its session does: 1013, Try Again Later.
inline constexpr std::uint16_t close_way_lost = 1013;
/// This node stops: 1012, Service Restart.
inline constexpr std::uint16_t close_node_stops = 1012;

}  // namespace signaling::forwarding
