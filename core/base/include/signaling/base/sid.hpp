#pragma once
// Session and socket ids: 20 base64url characters out of 15 bytes: 3 node tag, 1 event loop, 11 random. The tag and the loop
// let a message or a polling request find the owner without a lookup; 88 random bits make ids unguessable.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace signaling::base {

inline constexpr std::size_t sid_length = 20;
inline constexpr std::size_t node_tag_length = 4;

/// One id by value: no allocation, comparable, hashable.
class Sid {
 public:
  Sid() = default;
  std::string_view view() const noexcept { return {chars_.data(), chars_.size()}; }
  std::string_view node_tag() const noexcept { return view().substr(0, node_tag_length); }
  /// Event loop that owns the session, 0 … 255.
  std::uint8_t loop() const noexcept;
  /// nullopt unless `text` is 20 base64url characters. Pure.
  static std::optional<Sid> parse(std::string_view text) noexcept;
  friend bool operator==(const Sid&, const Sid&) = default;

 private:
  friend class SidSource;
  std::array<char, sid_length> chars_{};
};

/// Makes ids for one event loop. Random bytes come from the system's source (OpenSSL RAND_bytes), fetched in blocks.
/// One thread at a time.
class SidSource {
 public:
  /// @param node_tag 3 bytes, the same for all loops of a node.
  SidSource(std::array<std::uint8_t, 3> node_tag, std::uint8_t loop);
  Sid next();

 private:
  std::array<std::uint8_t, 3> node_tag_;
  std::uint8_t loop_;
  std::array<std::uint8_t, 11 * 64> pool_{};
  std::size_t used_ = pool_.size();
};

/// 3 random bytes for a node that starts.
std::array<std::uint8_t, 3> random_node_tag();
/// The 4 characters that ids of that node begin with.
std::string node_tag_text(std::array<std::uint8_t, 3> tag);

/// For maps keyed by `Sid` or its text: the random part of an id is its own hash.
struct SidHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const noexcept;
  std::size_t operator()(const Sid& sid) const noexcept { return (*this)(sid.view()); }
};
struct SidEqual {
  using is_transparent = void;
  bool operator()(const Sid& a, const Sid& b) const noexcept { return a == b; }
  bool operator()(std::string_view a, const Sid& b) const noexcept { return a == b.view(); }
  bool operator()(const Sid& a, std::string_view b) const noexcept { return a.view() == b; }
};

}  // namespace signaling::base
