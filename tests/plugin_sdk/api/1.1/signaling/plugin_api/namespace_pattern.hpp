#pragma once
// Names of namespaces that hold a `*`, as `NamespaceClaims` takes them.

#include <cstddef>
#include <string_view>

namespace signaling::plugin_api {

/// `*` stands for one or more characters other than `/`. Pure.
constexpr bool matches_pattern(std::string_view pattern, std::string_view name) noexcept {
  // Greedy with one point of return: the last star. Linear in practice, quadratic at worst, and names are bounded.
  std::size_t p = 0;
  std::size_t n = 0;
  std::size_t star = std::string_view::npos;
  std::size_t resume = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*' && name[n] != '/') {
      star = p++;
      resume = ++n;  // a star takes at least one character
    } else if (p < pattern.size() && pattern[p] != '*' && pattern[p] == name[n]) {
      ++p;
      ++n;
    } else if (star != std::string_view::npos && name[resume] != '/') {
      p = star + 1;
      n = ++resume;
    } else {
      return false;
    }
  }
  return p == pattern.size();
}

}  // namespace signaling::plugin_api
