#include "http_answer.hpp"

#include <charconv>

namespace signaling::bench_load {

namespace {

constexpr std::size_t longest_head_bytes = 16'384;
constexpr std::size_t longest_body_bytes = 64'000'000;

constexpr char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool equals(std::string_view text, std::string_view lower_case) noexcept {
  if (text.size() != lower_case.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (lower(text[i]) != lower_case[i]) return false;
  }
  return true;
}

template <typename Number>
bool parse(std::string_view text, Number& value) noexcept {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size();
}

}  // namespace

AnswerStatus take_answer(std::string_view& input, HttpAnswer& answer) noexcept {
  constexpr std::string_view version = "HTTP/1.1 ";
  const std::size_t head_end = input.find("\r\n\r\n");
  if (head_end == std::string_view::npos) {
    return input.size() > longest_head_bytes ? AnswerStatus::unsupported : AnswerStatus::partial;
  }
  std::string_view head = input.substr(0, head_end + 2);
  if (!head.starts_with(version) || !parse(head.substr(version.size(), 3), answer.status)) return AnswerStatus::unsupported;
  answer.closes = false;
  bool has_length = false;
  std::size_t length = 0;
  for (head.remove_prefix(head.find("\r\n") + 2); !head.empty(); head.remove_prefix(head.find("\r\n") + 2)) {
    const std::size_t colon = head.find(':');
    const std::size_t line_end = head.find("\r\n");
    if (colon == std::string_view::npos || colon > line_end) return AnswerStatus::unsupported;
    const std::string_view name = head.substr(0, colon);
    std::string_view value = head.substr(colon + 1, line_end - colon - 1);
    while (value.starts_with(' ')) value.remove_prefix(1);
    if (equals(name, "content-length")) {
      has_length = parse(value, length);
    } else if (equals(name, "connection")) {
      answer.closes = equals(value, "close");
    }
  }
  if (!has_length || length > longest_body_bytes) return AnswerStatus::unsupported;
  const std::size_t begin = head_end + 4;
  if (input.size() - begin < length) return AnswerStatus::partial;
  answer.body = input.substr(begin, length);
  input.remove_prefix(begin + length);
  return AnswerStatus::complete;
}

}  // namespace signaling::bench_load
