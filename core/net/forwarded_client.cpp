#include "forwarded_client.hpp"

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>
#include <utility>

#include "header_text.hpp"

namespace signaling::net {
namespace {

/// Where the quoted string that ends with the quote at `end` begins; npos where it does not. From the end back, as what a
/// client wrote before the proxy's part may have an odd quote in it, and must not make that part disappear.
std::size_t quote_start(std::string_view text, std::size_t end) noexcept {
  for (std::size_t at = end; at > 0;) {
    at = text.rfind('"', at - 1);
    if (at == std::string_view::npos) return at;
    std::size_t escapes = 0;
    while (escapes < at && text[at - escapes - 1] == '\\') ++escapes;
    if (escapes % 2 == 0) return at;
  }
  return std::string_view::npos;
}

/// Takes the last element off a list, trimmed; separators in quoted strings are none. What an odd quote ends is one element
/// with all that is before it: malformed, and not looked through again for each of its quotes.
std::string_view take_last(std::string_view& list, char separator) noexcept {
  std::size_t at = list.size();
  while (at > 0 && list[at - 1] != separator) {
    --at;
    if (list[at] != '"') continue;
    const std::size_t start = quote_start(list, at);
    at = start == std::string_view::npos ? 0 : start;
  }
  const std::string_view element = trim(list.substr(at));
  list = list.substr(0, at == 0 ? 0 : at - 1);
  return element;
}

/// The elements of all header lines of one name, as if they were one list, from the last one on.
class LastElements {
 public:
  LastElements(const engine::HttpRequest& request, std::string_view name) : request_(request), name_(name) {
    line_ = request.headers.size();
    next_line();
  }

  /// nullopt after the first one, and after `max_forwarded_hops`. Empty elements are passed over (RFC 9110 section 5.6.1).
  std::optional<std::string_view> next() {
    while (has_line_ && taken_ < max_forwarded_hops) {
      while (!rest_.empty() && taken_ < max_forwarded_hops) {
        ++taken_;
        const std::string_view element = take_last(rest_, ',');
        if (!element.empty()) return element;
      }
      if (rest_.empty()) next_line();
    }
    return std::nullopt;
  }

 private:
  void next_line() {
    has_line_ = false;
    while (line_ > 0 && !has_line_) {
      --line_;
      if (!equals_ignoring_case(request_.headers[line_].first, name_)) continue;
      rest_ = request_.headers[line_].second;
      has_line_ = true;
    }
  }

  const engine::HttpRequest& request_;
  std::string_view name_;
  std::string_view rest_;
  std::size_t line_ = 0;
  std::size_t taken_ = 0;
  bool has_line_ = false;
};

/// Without the quotes and their escapes; nullopt where they are not in order. `buffer` holds what had escapes.
std::optional<std::string_view> unquoted(std::string_view text, std::string& buffer) {
  if (!text.starts_with('"')) return text.find('"') == std::string_view::npos ? std::optional(text) : std::nullopt;
  if (text.size() < 2 || !text.ends_with('"')) return std::nullopt;
  text = text.substr(1, text.size() - 2);
  if (text.find_first_of("\\\"") == std::string_view::npos) return text;
  buffer.clear();
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') return std::nullopt;
    if (text[i] == '\\' && ++i == text.size()) return std::nullopt;
    buffer.push_back(text[i]);
  }
  return buffer;
}

/// A number, or an obfuscated one (RFC 7239 section 6.2).
bool is_port(std::string_view text) noexcept {
  if (text.empty()) return false;
  if (text.front() == '_') return true;
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc{} && end == text.data() + text.size();
}

/// `192.0.2.7`, `192.0.2.7:1234`, `[2001:db8::1]`, `[2001:db8::1]:1234`, and bare `2001:db8::1`, which X-Forwarded-For has.
std::optional<PeerAddress> parse_node(std::string_view text) noexcept {
  if (text.starts_with('[')) {
    const std::size_t bracket = text.find(']');
    if (bracket == std::string_view::npos) return std::nullopt;
    const std::string_view rest = text.substr(bracket + 1);
    if (!rest.empty() && (rest.front() != ':' || !is_port(rest.substr(1)))) return std::nullopt;
    const std::string_view address = text.substr(1, bracket - 1);
    return address.find(':') == std::string_view::npos ? std::nullopt : PeerAddress::parse(address);
  }
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || text.find(':', colon + 1) != std::string_view::npos) return PeerAddress::parse(text);
  return is_port(text.substr(colon + 1)) ? PeerAddress::parse(text.substr(0, colon)) : std::nullopt;
}

std::optional<bool> parse_scheme(std::string_view text) noexcept {
  if (equals_ignoring_case(text, "https") || equals_ignoring_case(text, "wss")) return true;
  if (equals_ignoring_case(text, "http") || equals_ignoring_case(text, "ws")) return false;
  return std::nullopt;
}

/// What one proxy told.
struct Hop {
  std::optional<PeerAddress> address;
  std::optional<bool> secure;
};

/// One element of `Forwarded`: `for=192.0.2.7;proto=https;by=…`, names in any case, none twice.
Hop parse_forwarded_element(std::string_view element) {
  Hop hop;
  bool has_for = false;
  bool has_proto = false;
  std::string buffer;
  while (!element.empty()) {
    const std::string_view pair = take_last(element, ';');
    const std::size_t equals = pair.find('=');
    const std::string_view name = pair.substr(0, equals);
    const bool is_for = equals_ignoring_case(name, "for");
    const bool is_proto = equals_ignoring_case(name, "proto");
    if (!is_for && !is_proto) continue;
    if (equals == std::string_view::npos || std::exchange(is_for ? has_for : has_proto, true)) return {};
    const std::optional<std::string_view> value = unquoted(pair.substr(equals + 1), buffer);
    if (!value) return {};
    if (is_for) {
      hop.address = parse_node(*value);
    } else {
      hop.secure = parse_scheme(*value);
    }
  }
  return hop;
}

Hop parse_x_forwarded_element(std::string_view element) {
  std::string buffer;
  const std::optional<std::string_view> value = unquoted(element, buffer);
  return {value ? parse_node(*value) : std::nullopt, std::nullopt};
}

std::optional<bool> x_forwarded_proto(const engine::HttpRequest& request) {
  const std::optional<std::string_view> last = LastElements(request, "X-Forwarded-Proto").next();
  return last ? parse_scheme(*last) : std::nullopt;
}

}  // namespace

ForwardedClient find_forwarded_client(const engine::HttpRequest& request, const ProxyOptions& options,
                                      const PeerAddress& peer) {
  ForwardedClient client{peer, std::nullopt};
  if (options.header == ProxyHeaderField::none) return client;
  const bool is_forwarded = options.header == ProxyHeaderField::forwarded;
  LastElements elements(request, is_forwarded ? "Forwarded" : "X-Forwarded-For");
  while (const std::optional<std::string_view> element = elements.next()) {
    const Hop hop = is_forwarded ? parse_forwarded_element(*element) : parse_x_forwarded_element(*element);
    // The proxy that added the element is trusted, and so is what it says of the scheme, whoever its client is.
    if (hop.secure) client.secure = hop.secure;
    if (!hop.address) break;
    client.address = *hop.address;
    if (!options.trusted.contains(client.address)) break;
  }
  if (!is_forwarded) client.secure = x_forwarded_proto(request);
  return client;
}

}  // namespace signaling::net
