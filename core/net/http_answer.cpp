#include "http_answer.hpp"

#include <charconv>

namespace signaling::net {
namespace {

void append_number(std::size_t value, std::string& out) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, value);
  out.append(digits, end.ptr);
}

void append_header(std::string_view name, std::string_view value, std::string& out) {
  // A value with a line break would be a header, or an answer, of somebody else's making.
  if (name.find_first_of("\r\n:") != std::string_view::npos || value.find_first_of("\r\n") != std::string_view::npos) return;
  out.append(name).append(": ").append(value).append("\r\n");
}

/// RFC 9110 sections 15.2, 15.3.5 and 15.4.5: these never have a body.
bool is_bodiless(unsigned status) noexcept { return status < 200 || status == 204 || status == 304; }

}  // namespace

std::string_view reason_phrase(unsigned status) noexcept {
  switch (status) {
    case 100: return "Continue";
    case 101: return "Switching Protocols";
    case 200: return "OK";
    case 204: return "No Content";
    case 206: return "Partial Content";
    case 301: return "Moved Permanently";
    case 302: return "Found";
    case 304: return "Not Modified";
    case 307: return "Temporary Redirect";
    case 308: return "Permanent Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 411: return "Length Required";
    case 413: return "Payload Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 417: return "Expectation Failed";
    case 426: return "Upgrade Required";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    default: return "Unknown";
  }
}

void append_headers(const std::vector<std::pair<std::string, std::string>>& headers, std::string& out) {
  for (const auto& [name, value] : headers) append_header(name, value, out);
}

void append_answer(const engine::HttpReply& reply, const AnswerContext& context, std::string& out) {
  out.reserve(out.size() + 256 + reply.body.size());
  out.append("HTTP/1.1 ");
  append_number(reply.status, out);
  out.append(" ").append(reason_phrase(reply.status)).append("\r\n");
  if (!is_bodiless(reply.status)) {
    if (!reply.content_type.empty()) append_header("Content-Type", reply.content_type, out);
    out.append("Content-Length: ");
    append_number(reply.body.size(), out);
    out.append("\r\n");
  }
  append_headers(reply.headers, out);
  if (context.keep_alive) {
    out.append("Connection: keep-alive\r\n");
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(context.keep_alive_timeout).count();
    if (seconds > 0) {
      out.append("Keep-Alive: timeout=");
      append_number(static_cast<std::size_t>(seconds), out);
      out.append("\r\n");
    }
    out.append("\r\n");
  } else {
    out.append("Connection: close\r\n\r\n");
  }
  if (!context.is_head && !is_bodiless(reply.status)) out.append(reply.body);
}

}  // namespace signaling::net
