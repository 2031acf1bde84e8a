#include <algorithm>

#include <signaling/engine/http_exchange.hpp>

namespace signaling::engine {
namespace {

char ascii_lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return ascii_lower(x) == ascii_lower(y); });
}

int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = ascii_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// application/x-www-form-urlencoded as URLSearchParams reads it (WHATWG URL, section 5.1): `+` is a space, and a `%` that two
// hexadecimal digits do not follow stays as it is.
void decode(std::string_view text, std::string& out) {
  out.clear();
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      out += ' ';
    } else if (text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0) {
      out += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
}

// Names that need decoding are rare: compared as they are first.
bool is_named(std::string_view raw, std::string_view name) {
  if (raw == name) return true;
  if (raw.find_first_of("%+") == std::string_view::npos) return false;
  std::string decoded;
  decode(raw, decoded);
  return decoded == name;
}

}  // namespace

std::string_view HttpRequest::header(std::string_view name) const noexcept {
  for (const auto& [key, value] : headers) {
    if (equal_ignoring_case(key, name)) return value;
  }
  return {};
}

bool HttpRequest::query_value(std::string_view name, std::string& value) const {
  // From the back: of several parameters with one name, engine.io takes the last.
  std::string_view rest = query;
  while (!rest.empty()) {
    const std::size_t ampersand = rest.rfind('&');
    const std::string_view pair = ampersand == std::string_view::npos ? rest : rest.substr(ampersand + 1);
    rest = ampersand == std::string_view::npos ? std::string_view{} : rest.substr(0, ampersand);
    const std::size_t equals = pair.find('=');
    if (pair.empty() || !is_named(pair.substr(0, equals), name)) continue;
    decode(equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1), value);
    return true;
  }
  value.clear();
  return false;
}

}  // namespace signaling::engine
