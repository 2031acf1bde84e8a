#pragma once
// Why a request is refused.

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace signaling::webrtc_signaling {

/// Codes of the signaling protocol.
enum class ErrorCode : std::uint8_t {
  invalid,
  not_in_room,
  peer_unavailable,
  room_full,
  forbidden,
  too_many_rooms,
  unavailable,
};
inline constexpr std::size_t error_code_count = 7;
constexpr std::string_view to_string(ErrorCode code) noexcept {
  constexpr std::string_view names[] = {"invalid",   "not-in-room",    "peer-unavailable", "room-full",
                                        "forbidden", "too-many-rooms", "unavailable"};
  return names[static_cast<std::size_t>(code)];
}

struct Refusal {
  ErrorCode code;
  std::string_view message;  ///< for people; constant text that JSON need not escape
};

}  // namespace signaling::webrtc_signaling
