#include <signaling/protocol/packet_progress.hpp>

#include "growing_scan.hpp"

namespace signaling::protocol {

PacketProgress::PacketProgress() noexcept = default;
PacketProgress::~PacketProgress() = default;

void PacketProgress::advance(std::string_view text, const PacketLimits& limits) { (void)decode_packet(text, limits, this); }

}  // namespace signaling::protocol
