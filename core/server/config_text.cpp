#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <vector>

#include <signaling/server/config_text.hpp>

namespace signaling::server {

Environment process_environment() {
  return [](std::string_view name) -> std::optional<std::string> {
    const char* value = std::getenv(std::string(name).c_str());
    if (value == nullptr) return std::nullopt;
    return std::string(value);
  };
}

namespace {

constexpr std::size_t max_reference_depth = 8;

bool is_name_char(char c, bool first) noexcept {
  if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_') return true;
  return !first && c >= '0' && c <= '9';
}

/// Place of the brace that closes the reference whose inside begins at `at`; braces of references inside count.
std::size_t closing_brace(std::string_view text, std::size_t at) noexcept {
  std::size_t depth = 1;
  for (; at < text.size(); ++at) {
    if (text.substr(at).starts_with("${")) {
      ++depth;
      ++at;
    } else if (text[at] == '}' && --depth == 0) {
      return at;
    }
  }
  return std::string_view::npos;
}

void expand_into(std::string_view text, const Environment& environment, std::size_t depth, Expansion& out);

/// One reference without `${` and `}`.
void expand_reference(std::string_view inside, const Environment& environment, std::size_t depth, Expansion& out) {
  std::size_t end = 0;
  while (end < inside.size() && is_name_char(inside[end], end == 0)) ++end;
  const std::string_view name = inside.substr(0, end);
  const std::string_view rest = inside.substr(end);
  const bool has_default = rest.starts_with(":-");
  if (name.empty() || (!rest.empty() && !has_default)) {
    out.error = "\"${" + std::string(inside) + "}\" is no environment reference, allowed: ${NAME} or ${NAME:-default}";
    return;
  }
  out.from_environment = true;
  const std::optional<std::string> value = environment(name);
  if (value && (!value->empty() || !has_default)) {
    out.text.append(*value);
  } else if (has_default) {
    expand_into(rest.substr(2), environment, depth + 1, out);
  } else {
    out.error = "environment variable " + std::string(name) + " is not set and ${" + std::string(name) +
                "} names no default, allowed: set it, or write ${" + std::string(name) + ":-default}";
  }
}

void expand_into(std::string_view text, const Environment& environment, std::size_t depth, Expansion& out) {
  if (depth > max_reference_depth) {
    out.error = "environment references are nested too deep, allowed: " + std::to_string(max_reference_depth);
    return;
  }
  for (std::size_t at = 0; at < text.size() && out.error.empty();) {
    if (text.substr(at).starts_with("$${")) {
      out.text.append("${");
      at += 3;
    } else if (text.substr(at).starts_with("${")) {
      const std::size_t end = closing_brace(text, at + 2);
      if (end == std::string_view::npos) {
        out.error = "environment reference \"" + std::string(text.substr(at)) + "\" has no closing brace";
        return;
      }
      expand_reference(text.substr(at + 2, end - at - 2), environment, depth, out);
      at = end + 1;
    } else {
      out.text.push_back(text[at++]);
    }
  }
}

struct Unit {
  std::string_view name;
  std::int64_t milliseconds;
};
constexpr std::array<Unit, 4> units{{{"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};

/// Optimal string alignment distance.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before_last(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    std::swap(before_last, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

std::string_view last_part(std::string_view key) noexcept {
  const std::size_t dot = key.rfind('.');
  return dot == std::string_view::npos ? key : key.substr(dot + 1);
}

}  // namespace

Expansion expand_environment(std::string_view text, const Environment& environment) {
  Expansion out;
  expand_into(text, environment, 0, out);
  return out;
}

std::string escape_references(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text.substr(at).starts_with("${")) out.push_back('$');
    out.push_back(text[at]);
  }
  return out;
}

std::optional<std::int64_t> parse_duration(std::string_view text) noexcept {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || number < 0) return std::nullopt;
  const std::string_view unit_name = text.substr(static_cast<std::size_t>(end - text.data()));
  for (const Unit& unit : units) {
    std::int64_t milliseconds = 0;
    if (unit.name == unit_name && !__builtin_mul_overflow(number, unit.milliseconds, &milliseconds)) return milliseconds;
  }
  return std::nullopt;
}

std::string format_duration(std::int64_t milliseconds) {
  if (milliseconds == 0) return "0s";
  for (const Unit& unit : units) {
    if (milliseconds % unit.milliseconds == 0) return std::to_string(milliseconds / unit.milliseconds).append(unit.name);
  }
  return std::to_string(milliseconds).append("ms");
}

std::string_view nearest_word(std::string_view word, std::span<const std::string_view> candidates) {
  const std::size_t tolerance = std::max<std::size_t>(1, last_part(word).size() / 3);
  std::string_view best;
  std::size_t best_distance = tolerance + 1;
  for (const std::string_view candidate : candidates) {
    const std::size_t distance = edit_distance(word, candidate);
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  if (!best.empty()) return best;
  for (const std::string_view candidate : candidates) {
    if (last_part(candidate) == last_part(word)) return candidate;
  }
  return {};
}

std::string list_words(std::string_view words) {
  std::string out;
  for (const char c : words) {
    if (c == '|')
      out.append(", ");
    else
      out.push_back(c);
  }
  return out;
}

bool is_listed(std::string_view word, std::string_view words) noexcept {
  while (true) {
    const std::size_t bar = words.find('|');
    if (words.substr(0, bar) == word) return true;
    if (bar == std::string_view::npos) return false;
    words.remove_prefix(bar + 1);
  }
}

}  // namespace signaling::server
