// The handshake half of permessage-deflate: Sec-WebSocket-Extensions (RFC 6455 section 9.1, RFC 7692 sections 5 and 7.1).
//
//   extension-list = extension *( "," extension )
//   extension      = token *( ";" token [ "=" ( token | quoted-string ) ] )

#include <algorithm>
#include <string>

#include <signaling/protocol/websocket_deflate.hpp>

namespace signaling::protocol {
namespace {

constexpr std::string_view extension_name = "permessage-deflate";
constexpr std::uint8_t min_window_bits = 9;  // zlib turns 8 into 9, which is more than such a client would have allowed

bool is_token_char(char c) noexcept {
  if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) return true;
  return std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool same_ignoring_case(std::string_view a, std::string_view b) noexcept {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [lower](char x, char y) { return lower(x) == lower(y); });
}

/// Cuts the header into tokens; `fail` is sticky.
class Scanner {
 public:
  explicit Scanner(std::string_view text) noexcept : text_(text) {}
  bool at_end() noexcept {
    skip_blanks();
    return text_.empty();
  }
  bool take(char c) noexcept {
    skip_blanks();
    if (text_.empty() || text_.front() != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  /// Empty where there is none.
  std::string_view token() noexcept {
    skip_blanks();
    std::size_t size = 0;
    while (size < text_.size() && is_token_char(text_[size])) ++size;
    const std::string_view found = text_.substr(0, size);
    text_.remove_prefix(size);
    return found;
  }
  /// A token, or a quoted string whose content is one (RFC 6455 section 9.1 demands that). False where there is none.
  bool value(std::string& out) {
    out.clear();
    if (!take('"')) {
      out = token();
      return !out.empty();
    }
    while (!text_.empty() && text_.front() != '"') {
      if (text_.front() == '\\') text_.remove_prefix(1);
      if (text_.empty() || !is_token_char(text_.front())) return false;
      out += text_.front();
      text_.remove_prefix(1);
    }
    return take('"') && !out.empty();
  }

 private:
  void skip_blanks() noexcept {
    while (!text_.empty() && (text_.front() == ' ' || text_.front() == '\t')) text_.remove_prefix(1);
  }
  std::string_view text_;
};

/// 8 … 15, decimal, no leading zeros; 0 where it is anything else.
std::uint8_t window_bits(std::string_view text) noexcept {
  if (text.size() == 1 && (text[0] == '8' || text[0] == '9')) return static_cast<std::uint8_t>(text[0] - '0');
  if (text.size() == 2 && text[0] == '1' && text[1] >= '0' && text[1] <= '5')
    return static_cast<std::uint8_t>(10 + text[1] - '0');
  return 0;
}

/// The parameters of one offer as they come.
class Offer {
 public:
  void add(std::string_view name, bool has_value, std::string_view value) noexcept {
    if (same_ignoring_case(name, "server_no_context_takeover")) {
      once(server_no_context_takeover_, !has_value);
    } else if (same_ignoring_case(name, "client_no_context_takeover")) {
      once(client_no_context_takeover_, !has_value);
    } else if (same_ignoring_case(name, "client_max_window_bits")) {
      once(client_max_window_bits_, !has_value || window_bits(value) != 0);
    } else if (same_ignoring_case(name, "server_max_window_bits")) {
      const std::uint8_t bits = has_value ? window_bits(value) : std::uint8_t{0};
      once(agreement_.names_window_bits, bits >= min_window_bits);
      agreement_.server_window_bits = bits;
    } else {
      acceptable_ = false;
    }
  }
  std::optional<DeflateAgreement> verdict() const noexcept { return acceptable_ ? std::optional(agreement_) : std::nullopt; }

 private:
  void once(bool& seen, bool valid) noexcept {
    if (seen || !valid) acceptable_ = false;
    seen = true;
  }

  DeflateAgreement agreement_;
  bool acceptable_ = true;
  bool server_no_context_takeover_ = false;
  bool client_no_context_takeover_ = false;
  bool client_max_window_bits_ = false;
};

}  // namespace

std::optional<DeflateAgreement> accept_deflate_offer(std::string_view extensions) {
  Scanner scanner(extensions);
  std::optional<DeflateAgreement> agreed;
  std::string value;
  while (!scanner.at_end()) {
    if (scanner.take(',')) continue;  // empty list elements are allowed (RFC 9110 section 5.6.1)
    const bool is_ours = same_ignoring_case(scanner.token(), extension_name);
    Offer offer;
    while (scanner.take(';')) {
      const std::string_view name = scanner.token();
      const bool has_value = scanner.take('=');
      if (name.empty() || (has_value && !scanner.value(value))) return agreed;
      offer.add(name, has_value, value);
    }
    if (!scanner.at_end() && !scanner.take(',')) return agreed;  // not in the grammar: nothing after it can be trusted
    if (is_ours && !agreed) agreed = offer.verdict();
  }
  return agreed;
}

std::string DeflateAgreement::header_value() const {
  std::string value = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
  if (names_window_bits) value += "; server_max_window_bits=" + std::to_string(server_window_bits);
  return value;
}

}  // namespace signaling::protocol
