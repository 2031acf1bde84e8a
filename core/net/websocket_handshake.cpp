#include "websocket_handshake.hpp"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include "header_text.hpp"
#include "http_answer.hpp"

namespace signaling::net {
namespace {

/// A header that may stand on several lines, each a list.
bool any_line_contains(const engine::HttpRequest& request, std::string_view name, std::string_view token) noexcept {
  for (const auto& [header, value] : request.headers) {
    if (equals_ignoring_case(header, name) && list_contains(value, token)) return true;
  }
  return false;
}

/// 16 bytes in base64: 22 characters of the alphabet and two `=`.
bool is_websocket_key(std::string_view key) noexcept {
  if (key.size() != 24 || !key.ends_with("==")) return false;
  for (const char c : key.substr(0, 22)) {
    const bool ok = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
    if (!ok) return false;
  }
  return true;
}

}  // namespace

UpgradeCheck check_upgrade(const engine::HttpRequest& request, bool is_http_1_0) noexcept {
  // Without both of these it is no upgrade at all; the service then sees an ordinary request.
  if (is_http_1_0 || !any_line_contains(request, "Upgrade", "websocket") ||
      !any_line_contains(request, "Connection", "upgrade"))
    return UpgradeCheck::none;
  // A body would be the first frames to somebody who does not look for one.
  if (request.method != "GET" || !request.body.empty()) return UpgradeCheck::bad_request;
  if (request.header("Sec-WebSocket-Version") != "13") return UpgradeCheck::unsupported_version;
  if (!is_websocket_key(request.header("Sec-WebSocket-Key"))) return UpgradeCheck::bad_request;
  return UpgradeCheck::websocket;
}

std::string accept_key(std::string_view key) {
  std::string text(key);
  text += "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  unsigned char digest[SHA_DIGEST_LENGTH];
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
  unsigned char encoded[32];
  const int size = EVP_EncodeBlock(encoded, digest, sizeof digest);
  return {reinterpret_cast<const char*>(encoded), static_cast<std::size_t>(size)};
}

std::optional<protocol::DeflateAgreement> negotiate_deflate(const engine::HttpRequest& request) {
  std::string offers;
  for (const auto& [name, value] : request.headers) {
    if (!equals_ignoring_case(name, "Sec-WebSocket-Extensions")) continue;
    if (!offers.empty()) offers += ',';
    offers += value;
  }
  if (offers.empty()) return std::nullopt;
  return protocol::accept_deflate_offer(offers);
}

std::string upgrade_answer(const engine::HttpRequest& request, const std::optional<protocol::DeflateAgreement>& deflate,
                           const std::vector<std::pair<std::string, std::string>>& headers,
                           const std::vector<std::pair<std::string, std::string>>& more_headers) {
  std::string text = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ";
  text += accept_key(request.header("Sec-WebSocket-Key"));
  text += "\r\n";
  if (deflate) text += "Sec-WebSocket-Extensions: " + deflate->header_value() + "\r\n";
  append_headers(headers, text);
  append_headers(more_headers, text);
  text += "\r\n";
  return text;
}

}  // namespace signaling::net
