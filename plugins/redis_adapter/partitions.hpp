#pragma once
// How names are spread: over the slots of a Redis Cluster, and over the adapter's partitions.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace signaling::redis_adapter {

inline constexpr std::uint32_t cluster_slots = 16'384;
inline constexpr std::uint32_t cluster_partitions = 256;

/// CRC-16/XMODEM, the sum that a Redis Cluster hashes keys with.
std::uint16_t crc16(std::string_view text) noexcept;

/// Slot of a key: of what stands between the first `{` and the next `}`, where that is not empty, or else of the whole key.
/// Source: Redis cluster specification, hash tags.
std::uint32_t slot_of(std::string_view key) noexcept;

/// The partitions of one deployment. A cluster's are cut out of the slots evenly: the tag of partition p hashes into the slots
/// [p * 64, p * 64 + 64), so that masters get the same share of partitions as they have of slots. The tags are searched, the
/// same everywhere: `{p<p>}`, `{p<p>.1}`, `{p<p>.2}` … the first that fits.
class Partitions {
 public:
  /// @param count 1, or `cluster_partitions`.
  explicit Partitions(std::uint32_t count);

  std::uint32_t count() const noexcept { return static_cast<std::uint32_t>(tags_.size()); }
  /// FNV-1a of the name, folded: the same in every build. Not CRC16: the tags have used that one up already.
  std::uint32_t of(std::string_view name) const noexcept;
  std::string_view tag(std::uint32_t partition) const noexcept { return tags_[partition]; }
  std::uint32_t slot(std::uint32_t partition) const noexcept { return slots_[partition]; }
  /// Partition whose tag has that slot; `count()` where none has.
  std::uint32_t at_slot(std::uint32_t slot) const noexcept;

 private:
  std::vector<std::string> tags_;
  std::vector<std::uint32_t> slots_;
};

}  // namespace signaling::redis_adapter
