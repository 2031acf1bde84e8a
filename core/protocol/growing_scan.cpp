#include "growing_scan.hpp"

#include "json_scanner.hpp"

namespace signaling::protocol::detail {
namespace {

/// How far the inside of a string is surely right: before what is no escape, or may not be one yet.
const char* inside_end(const char* p, const char* end) noexcept {
  for (;;) {
    p = plain_run_end(p, end);
    if (p == end || *p != '\\') return p;
    const char* const after = escape_end(p, end);
    if (after == nullptr) return p;
    p = after;
  }
}

}  // namespace

/// The last place that was reached.
struct GrowingScan::Places {
  const char* begin;
  const char* end;
  GrowingScan& scan;

  void reach(const char* p, std::uint32_t depth, bool at_value) noexcept {
    if (p == end) return;  // a number may go on there
    scan.at_ = static_cast<std::size_t>(p - begin);
    scan.depth_ = depth;
    scan.at_value_ = at_value;
  }
  void reach_in_string(const char* p) noexcept {
    scan.at_ = static_cast<std::size_t>(inside_end(p, end) - begin);
    scan.in_string_ = true;
  }
};

GrowingScan::GrowingScan(ScanStart start, std::size_t at, std::uint32_t max_depth) noexcept
    : start_(start), begin_(at), at_(at), asked_depth_(max_depth), max_depth_(std::min(max_depth, deepest_nesting)) {
  static_assert(sizeof closers_ == deepest_nesting);
  if (start == ScanStart::value) return;
  at_value_ = false;
  closers_[0] = ']';
  depth_ = 1;
}

const char* GrowingScan::go_on(std::string_view text) noexcept {
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  const char* p = begin + at_;
  if (has_ended_) return p;
  if (depth_ > max_depth_) return nullptr;
  Places places{begin, end, *this};
  if (in_string_) {
    const char* const after = string_end(p, end);
    if (after == nullptr) {
      places.reach_in_string(p);
      return nullptr;
    }
    in_string_ = false;
    at_value_ = false;
    at_ = static_cast<std::size_t>(after - begin);
    p = after;
  }
  p = scan_on(p, end, max_depth_, closers_, depth_, at_value_, places);
  if (p != nullptr) {
    at_ = static_cast<std::size_t>(p - begin);
    has_ended_ = true;
  }
  return p;
}

}  // namespace signaling::protocol::detail
