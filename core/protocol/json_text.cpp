#include <cstring>

#include <signaling/protocol/json_text.hpp>

#include "json_scanner.hpp"

namespace signaling::protocol {
namespace {

// RFC 8259 section 7: quote, backslash and control characters must be escaped; all else may stand as it is, as
// JSON.stringify leaves it.
void append_escaped(char c, std::string& out) {
  constexpr char hex[] = "0123456789abcdef";
  switch (c) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\b': out += "\\b"; return;
    case '\f': out += "\\f"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default:
      out += "\\u00";
      out += hex[(c >> 4) & 0xF];
      out += hex[c & 0xF];
  }
}

}  // namespace

std::size_t json_value_end(std::string_view text, std::size_t at, std::uint32_t max_depth) noexcept {
  if (at > text.size()) return std::string_view::npos;
  const char* const end = text.data() + text.size();
  const char* const p = detail::scan<detail::ScanStart::value>(text.data() + at, end, max_depth);
  return p == nullptr ? std::string_view::npos : static_cast<std::size_t>(p - text.data());
}

bool is_json(std::string_view text, std::uint32_t max_depth) noexcept {
  const char* const end = text.data() + text.size();
  const char* const p = detail::scan<detail::ScanStart::value>(text.data(), end, max_depth);
  return p != nullptr && detail::skip_blanks(p, end) == end;
}

void append_json_string(std::string_view text, std::string& out) {
  out += '"';
  const char* p = text.data();
  const char* const end = p + text.size();
  for (;;) {
    const char* const stop = detail::plain_run_end(p, end);
    out.append(p, stop);
    if (stop == end) break;
    append_escaped(*stop, out);
    p = stop + 1;
  }
  out += '"';
}

void append_unescaped(std::string_view json_string, std::string& out) {
  if (json_string.size() < 2) return;
  const char* p = json_string.data() + 1;
  const char* const end = json_string.data() + json_string.size() - 1;
  const std::size_t before = out.size();
  out.resize(before + json_string.size() - 2);  // an escape is never shorter than what it stands for
  char* to = out.data() + before;
  while (p != end) {
    const char* const stop = detail::plain_run_end(p, end);
    const auto plain = static_cast<std::size_t>(stop - p);
    std::memcpy(to, p, plain);
    to += plain;
    p = stop;
    if (p == end) break;
    if (*p != '\\' || detail::escape_end(p, end) == nullptr) break;  // not valid, against the contract: no more of it
    to += detail::write_utf8(detail::take_escape(p, end), to);
  }
  out.resize(static_cast<std::size_t>(to - out.data()));
}

}  // namespace signaling::protocol
