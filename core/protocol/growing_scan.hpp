#pragma once
// The scan of a JSON text that has not come whole: it goes on where it stopped, so that a long text keeps nobody for as long as
// all of it takes.

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace signaling::protocol::detail {

enum class ScanStart : bool;

/// One text's. Places are offsets, since the text may move while it grows.
class GrowingScan {
 public:
  /// @param at  where in the text it begins, as `scan<start>` would there
  GrowingScan(ScanStart start, std::size_t at, std::uint32_t max_depth) noexcept;

  bool began(ScanStart start, std::size_t at, std::uint32_t max_depth) const noexcept {
    return start_ == start && begin_ == at && asked_depth_ == max_depth;
  }

  /// @param text  begins with the text of the calls before
  /// @return where the value ends; nullptr where it does not in this text, or is not valid
  const char* go_on(std::string_view text) noexcept;

 private:
  struct Places;

  ScanStart start_;
  std::size_t begin_;
  std::size_t at_;
  std::uint32_t asked_depth_;
  std::uint32_t max_depth_;
  std::uint32_t depth_ = 0;
  bool at_value_ = true;
  bool in_string_ = false;
  bool has_ended_ = false;
  char closers_[1024];
};

}  // namespace signaling::protocol::detail
