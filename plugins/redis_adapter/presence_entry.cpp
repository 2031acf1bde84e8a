#include "presence_entry.hpp"

#include <charconv>
#include <cstdio>

namespace signaling::redis_adapter {

namespace {

constexpr std::size_t mark_digits = 16;
constexpr std::size_t length_digits = 8;
constexpr std::size_t tag_bytes = 4;

std::optional<std::uint64_t> parse_number(std::string_view text, int base) noexcept {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return number;
}

std::string_view cut(std::string_view& text, std::size_t size) {
  const std::string_view part = text.substr(0, size);
  text.remove_prefix(part.size());
  return part;
}

}  // namespace

std::optional<std::uint64_t> parse_mark(std::string_view text) noexcept { return parse_number(text, 10); }

std::string encode_mark(std::uint64_t mark) {
  std::string text = std::to_string(mark);
  if (text.size() < mark_digits) text.insert(0, mark_digits - text.size(), '0');
  return text;
}

std::optional<EntryView> parse_entry(std::string_view text) noexcept {
  if (text.size() < 2 * mark_digits + tag_bytes + 1) return std::nullopt;
  const auto order = parse_mark(cut(text, mark_digits));
  const auto mark = parse_mark(cut(text, mark_digits));
  if (!order || !mark) return std::nullopt;
  const std::string_view tag = cut(text, tag_bytes);
  return EntryView{*order, *mark, tag, text.substr(1)};
}

std::optional<OwnedView> parse_owned(std::string_view text) noexcept {
  const auto room_size = parse_number(cut(text, length_digits), 16);
  if (!room_size || *room_size > text.size()) return std::nullopt;
  const std::string_view room = cut(text, *room_size);
  return OwnedView{room, text};
}

std::string encode_owned(std::string_view room, std::string_view member) {
  char length[length_digits + 1];
  std::snprintf(length, sizeof length, "%08x", static_cast<unsigned>(room.size()));
  return std::string(length, length_digits).append(room).append(member);
}

std::optional<LogView> parse_log(std::string_view text) noexcept {
  if (text.size() < mark_digits + 1 + tag_bytes + 2 * length_digits) return std::nullopt;
  LogView log;
  const auto mark = parse_mark(cut(text, mark_digits));
  log.kind = cut(text, 1).front();
  log.tag = cut(text, tag_bytes);
  const auto room_size = parse_number(cut(text, length_digits), 16);
  const auto member_size = parse_number(cut(text, length_digits), 16);
  if (!mark || !room_size || !member_size || *room_size > text.size() || *member_size > text.size() - *room_size)
    return std::nullopt;
  log.mark = *mark;
  log.room = cut(text, *room_size);
  log.member = cut(text, *member_size);
  log.value = text;
  return log;
}

}  // namespace signaling::redis_adapter
