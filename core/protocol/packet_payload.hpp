#pragma once
// The JSON of a packet: what may follow the prefix, type by type.

#include <cstdint>
#include <optional>
#include <string_view>

#include <signaling/protocol/socketio_packet.hpp>

namespace signaling::protocol {

namespace detail {
enum class ScanStart : bool;
}

/// Finds where a packet's JSON ends: in one go, or from where its progress has come.
class PayloadScanner {
 public:
  /// @param text  of the whole packet, from its first byte
  PayloadScanner(std::string_view text, PacketProgress* progress) noexcept : text_(text), progress_(progress) {}

  /// As `detail::scan<Start>` from `p` to the end of the text.
  template <detail::ScanStart Start>
  const char* end_of(const char* p, std::uint32_t max_depth) const {
    return progress_ == nullptr ? scan<Start>(p, max_depth) : go_on(Start, p, max_depth);
  }

 private:
  template <detail::ScanStart Start>
  const char* scan(const char* p, std::uint32_t max_depth) const noexcept;
  const char* go_on(detail::ScanStart start, const char* p, std::uint32_t max_depth) const;

  std::string_view text_;
  PacketProgress* progress_;
};

/// Checks that `text` (to the end of the packet; empty where there is none) is what `packet.type` asks for, and sets `json`,
/// `event_name_json` and `args`. Blanks may follow the value and not precede it.
std::optional<PacketError> read_payload(std::string_view text, const PacketLimits& limits, const PayloadScanner& scanner,
                                        PacketView& packet);

}  // namespace signaling::protocol
