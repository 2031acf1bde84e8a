#pragma once
// Whether a key is among the last ones that were added.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace signaling::socketio::cluster {

/// A hash table with chains, within a ring that knows which key is the oldest. All its memory (192 KiB) is taken with the first
/// key and none after: what a node remembers is not to look like a leak for the hours that it takes to come by so many. One
/// thread at a time.
class RecentKeys {
 public:
  static constexpr std::size_t capacity = 16'384;

  /// Beyond the capacity the oldest is forgotten. @return false where the key is there already; it stays as old as it is
  bool add(std::uint64_t key) {
    if (has(key)) return false;
    take_memory();
    const std::size_t place = table_->next_place;
    table_->next_place = (place + 1) % capacity;
    const auto link = static_cast<Link>(place + 1);
    if (size_ == capacity) {
      unlink(link);
    } else {
      ++size_;
    }
    Link& first = table_->first[bucket_of(key)];
    table_->keys[place] = key;
    table_->next[place] = first;
    first = link;
    return true;
  }

  /// What the first `add` does otherwise.
  void take_memory() {
    if (!table_) table_ = std::make_unique<Table>();
  }

  bool has(std::uint64_t key) const noexcept {
    if (!table_) return false;
    for (Link link = table_->first[bucket_of(key)]; link != 0; link = table_->next[link - 1]) {
      if (table_->keys[link - 1] == key) return true;
    }
    return false;
  }

 private:
  using Link = std::uint16_t;  ///< a place, counted from 1; 0: none
  struct Table {
    std::array<std::uint64_t, capacity> keys{};
    std::array<Link, capacity> next{};
    std::array<Link, capacity> first{};  ///< by bucket
    std::size_t next_place = 0;
  };
  static constexpr int bucket_bits = 14;
  static_assert(std::size_t{1} << bucket_bits == capacity);

  /// Multiplicative hashing (Knuth): its high bits depend on all bits of the key.
  static std::size_t bucket_of(std::uint64_t key) noexcept {
    return static_cast<std::size_t>((key * 0x9e3779b97f4a7c15U) >> (64 - bucket_bits));
  }
  /// Out of its chain, which it is in.
  void unlink(Link link) noexcept {
    Link* at = &table_->first[bucket_of(table_->keys[link - 1])];
    while (*at != link) at = &table_->next[*at - 1];
    *at = table_->next[link - 1];
  }

  std::unique_ptr<Table> table_;
  std::size_t size_ = 0;
};

}  // namespace signaling::socketio::cluster
