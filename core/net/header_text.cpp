#include "header_text.hpp"

#include <algorithm>

namespace signaling::net {
namespace {

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool is_space(char c) noexcept { return c == ' ' || c == '\t'; }

}  // namespace

std::string_view trim(std::string_view text) noexcept {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view take_element(std::string_view& list, char separator) noexcept {
  const std::size_t end = list.find(separator);
  const std::string_view element = trim(list.substr(0, end));
  list = end == std::string_view::npos ? std::string_view() : list.substr(end + 1);
  return element;
}

bool list_contains(std::string_view list, std::string_view token) noexcept {
  while (!list.empty()) {
    if (equals_ignoring_case(take_element(list), token)) return true;
  }
  return false;
}

void add_vary(std::vector<std::pair<std::string, std::string>>& headers, std::string_view field) {
  for (auto& [name, value] : headers) {
    if (!equals_ignoring_case(name, "Vary")) continue;
    if (!list_contains(value, field)) value.append(", ").append(field);
    return;
  }
  headers.emplace_back("Vary", field);
}

}  // namespace signaling::net
