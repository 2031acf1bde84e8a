#include <signaling/protocol/packet_progress.hpp>

#include "growing_scan.hpp"

namespace signaling::protocol {

namespace {
/// Namespace, numbers and event name: where no JSON has begun behind so much, none is waited for.
constexpr std::size_t longest_head = 16 * 1024;
}  // namespace

PacketProgress::PacketProgress() noexcept = default;
PacketProgress::~PacketProgress() = default;

void PacketProgress::advance(std::string_view text, const PacketLimits& limits) {
  if (is_refused_) return;
  (void)decode_packet(text, limits, this);
  is_refused_ = scan_ == nullptr && text.size() >= longest_head;
}

}  // namespace signaling::protocol
