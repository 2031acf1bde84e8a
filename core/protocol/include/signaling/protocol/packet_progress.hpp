#pragma once
// What is known of a long packet before it is whole.

#include <memory>
#include <string_view>

#include <signaling/protocol/socketio_packet.hpp>

namespace signaling::protocol {

namespace detail {
class GrowingScan;
enum class ScanStart : bool;
}  // namespace detail

/// The JSON of one packet's text, checked while it arrives: `decode_packet` then has only the rest to look at, where a
/// megabyte of small objects would keep its loop for milliseconds. One thread.
class PacketProgress {
 public:
  PacketProgress() noexcept;
  ~PacketProgress();
  PacketProgress(const PacketProgress&) = delete;
  PacketProgress& operator=(const PacketProgress&) = delete;

  /// @param text    the packet so far, from its first byte; begins with the text of the calls before
  /// @param limits  the same each time
  /// Says nothing of what is wrong: that is `decode_packet`'s.
  void advance(std::string_view text, const PacketLimits& limits);

 private:
  friend class PayloadScanner;

  std::unique_ptr<detail::GrowingScan> scan_;
  bool is_refused_ = false;  ///< what comes before the JSON is wrong already
};

}  // namespace signaling::protocol
