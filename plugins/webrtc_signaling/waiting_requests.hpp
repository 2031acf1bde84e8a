#pragma once
// Requests of one socket that wait for an operation of presence to end, in order of arrival.

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include <signaling/plugin_api/socket.hpp>

namespace signaling::webrtc_signaling {

/// An event kept for later: owns what `plugin_api::Event` only views.
struct WaitingRequest {
  std::string name;
  std::string args;
  std::vector<std::vector<std::byte>> attachments;
  plugin_api::AckToken ack;
  std::string room;
  bool is_relay;

  std::size_t bytes() const noexcept;
};

/// Bounded in number and bytes: who sends on and on without waiting for acknowledgements is told `unavailable`.
class WaitingRequests {
 public:
  static constexpr std::size_t max_requests = 64;
  /// One request alone may be larger, up to what the server lets through.
  static constexpr std::size_t max_bytes = 1'000'000;

  /// Whether a request must go behind those that wait: one for its room does, or, since what one peer sends to another keeps
  /// its order over all rooms, both relay.
  bool holds_back(std::string_view room, bool is_relay) const noexcept { return holds_back(room, is_relay, requests_.size()); }
  /// False where a bound is reached.
  bool push(const plugin_api::Event& event, std::string_view room, bool is_relay);

  std::size_t size() const noexcept { return requests_.size(); }
  const WaitingRequest& at(std::size_t index) const { return requests_[index]; }
  /// Whether an earlier one holds back that at `index`.
  bool is_held_back(std::size_t index) const noexcept {
    return holds_back(requests_[index].room, requests_[index].is_relay, index);
  }
  WaitingRequest take(std::size_t index);

 private:
  bool holds_back(std::string_view room, bool is_relay, std::size_t before) const noexcept;

  std::deque<WaitingRequest> requests_;
  std::size_t bytes_ = 0;
};

}  // namespace signaling::webrtc_signaling
