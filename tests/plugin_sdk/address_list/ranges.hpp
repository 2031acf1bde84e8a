#pragma once
// A list of addresses and networks.

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

/// IPv4 and IPv6 in one: an IPv4 address is ::ffff:a.b.c.d. Immutable once read, so any thread may ask.
class Ranges {
 public:
  /// One `192.0.2.7`, `192.0.2.0/24` or `2001:db8::/32` a line; `#` begins a comment.
  /// @throws std::runtime_error  "line 3: …": not an address, or nothing at all in the text (an editor has just emptied the
  /// file)
  static Ranges read(std::string_view text);

  /// @param address  numeric, without port; anything else is in no list
  bool contains(std::string_view address) const noexcept;
  std::size_t size() const noexcept { return ranges_.size(); }

 private:
  struct Range {
    std::array<std::uint8_t, 16> network;
    unsigned bits;
  };
  std::vector<Range> ranges_;
};
