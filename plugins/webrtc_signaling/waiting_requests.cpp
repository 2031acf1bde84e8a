#include "waiting_requests.hpp"

#include <algorithm>
#include <utility>

namespace signaling::webrtc_signaling {

std::size_t WaitingRequest::bytes() const noexcept {
  std::size_t sum = name.size() + args.size() + room.size();
  for (const auto& attachment : attachments) sum += attachment.size();
  return sum;
}

bool WaitingRequests::push(const plugin_api::Event& event, std::string_view room, bool is_relay) {
  WaitingRequest request{std::string(event.name), std::string(event.args), {}, event.ack, std::string(room), is_relay};
  std::size_t bytes = request.bytes();
  for (const auto& attachment : event.attachments) bytes += attachment.size();
  if (requests_.size() >= max_requests || (!requests_.empty() && bytes_ + bytes > max_bytes)) return false;
  for (const auto& attachment : event.attachments) request.attachments.emplace_back(attachment.begin(), attachment.end());
  bytes_ += bytes;
  requests_.push_back(std::move(request));
  return true;
}

WaitingRequest WaitingRequests::take(std::size_t index) {
  const auto at = requests_.begin() + static_cast<std::ptrdiff_t>(index);
  WaitingRequest request = std::move(*at);
  bytes_ -= request.bytes();
  requests_.erase(at);
  return request;
}

bool WaitingRequests::holds_back(std::string_view room, bool is_relay, std::size_t before) const noexcept {
  return std::any_of(requests_.begin(), requests_.begin() + static_cast<std::ptrdiff_t>(before),
                     [&](const WaitingRequest& request) { return (is_relay && request.is_relay) || request.room == room; });
}

}  // namespace signaling::webrtc_signaling
