#include "placeholder_scanner.hpp"

#include <charconv>

#include "json_scanner.hpp"

namespace signaling::protocol::detail {
namespace {

enum class Member : std::uint8_t { other, mark, number };

/// An open object or array.
struct Level {
  std::size_t begin;
  std::size_t found_before;  ///< placeholders found before it began: those inside a placeholder do not count
  bool is_object;
  bool expects_name;
  Member member = Member::other;  ///< whose value comes next
  bool is_marked = false;
  std::optional<std::uint32_t> number = std::nullopt;

  /// A value begins; the last of repeated members counts.
  void take_value(bool is_true, std::optional<std::uint32_t> value) noexcept {
    if (member == Member::mark) is_marked = is_true;
    if (member == Member::number) number = value;
  }
};

/// `raw`: the inside of a valid JSON string, so an escape decodes to at least one byte of every six.
bool decodes_to(std::string_view raw, std::string_view name) noexcept {
  if (raw.find('\\') == std::string_view::npos) return raw == name;
  const char* p = raw.data();
  const char* const end = p + raw.size();
  for (const char c : name) {
    if (p == end) return false;
    const std::uint32_t next = *p == '\\' ? take_escape(p, end) : static_cast<unsigned char>(*p++);
    if (next != static_cast<unsigned char>(c)) return false;
  }
  return p == end;
}

Member member_of(std::string_view raw) noexcept {
  if (decodes_to(raw, "_placeholder")) return Member::mark;
  if (decodes_to(raw, "num")) return Member::number;
  return Member::other;
}

std::optional<std::uint32_t> index_of(std::string_view number) noexcept {
  std::uint32_t value = 0;
  const char* const end = number.data() + number.size();
  const auto [after, error] = std::from_chars(number.data(), end, value);
  if (error != std::errc() || after != end) return std::nullopt;
  return value;
}

class Finder {
 public:
  Finder(std::string_view json, Placeholders& found) : begin_(json.data()), end_(json.data() + json.size()), found_(found) {}

  void run() {
    for (const char* p = begin_; p != end_ && p != nullptr;) p = step(p);
  }

 private:
  const char* step(const char* p) {
    switch (*p) {
      case '{':
      case '[': open(p); return p + 1;
      case '}':
      case ']': close(p); return p + 1;
      case ',':
        if (!levels_.empty()) levels_.back().expects_name = levels_.back().is_object;
        return p + 1;
      case '"': return take_string(p);
      case 't': value(true, std::nullopt); return literal_end(p, end_, "true");
      case 'f': value(false, std::nullopt); return literal_end(p, end_, "false");
      case 'n': value(false, std::nullopt); return literal_end(p, end_, "null");
      case '-':
      case '0':
      case '1':
      case '2':
      case '3':
      case '4':
      case '5':
      case '6':
      case '7':
      case '8':
      case '9': return take_number(p);
      default: return p + 1;  // blanks and colons
    }
  }

  void open(const char* p) {
    value(false, std::nullopt);
    const bool is_object = *p == '{';
    levels_.push_back({static_cast<std::size_t>(p - begin_), found_.size(), is_object, is_object});
  }

  void close(const char* p) {
    if (levels_.empty()) return;
    const Level& level = levels_.back();
    if (level.is_marked) {
      found_.erase(found_.begin() + static_cast<std::ptrdiff_t>(level.found_before), found_.end());
      found_.push_back({level.begin, static_cast<std::size_t>(p - begin_) + 1, level.number});
    }
    levels_.pop_back();
  }

  const char* take_string(const char* p) {
    const char* const after = string_end(p + 1, end_);
    if (after == nullptr) return nullptr;
    if (!levels_.empty() && levels_.back().expects_name) {
      levels_.back().expects_name = false;
      levels_.back().member = member_of({p + 1, static_cast<std::size_t>(after - p) - 2});
    } else {
      value(false, std::nullopt);
    }
    return after;
  }

  const char* take_number(const char* p) {
    const char* const after = number_end(p, end_);
    if (after == nullptr) return nullptr;
    const bool is_wanted = !levels_.empty() && levels_.back().member == Member::number;
    value(false, is_wanted ? index_of({p, static_cast<std::size_t>(after - p)}) : std::nullopt);
    return after;
  }

  void value(bool is_true, std::optional<std::uint32_t> number) noexcept {
    if (!levels_.empty()) levels_.back().take_value(is_true, number);
  }

  const char* begin_;
  const char* end_;
  boost::container::small_vector<Level, 32> levels_;
  Placeholders& found_;
};

}  // namespace

bool may_have_placeholders(std::string_view json) noexcept {
  // The member's name as it is, or with some of its (ASCII) letters escaped, which takes `\u00`.
  return json.find("_placeholder") != std::string_view::npos || json.find("\\u00") != std::string_view::npos;
}

Placeholders find_placeholders(std::string_view json) {
  Placeholders found;
  if (may_have_placeholders(json)) Finder(json, found).run();
  return found;
}

}  // namespace signaling::protocol::detail
