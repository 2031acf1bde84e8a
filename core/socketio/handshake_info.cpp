#include "handshake_info.hpp"

#include <algorithm>
#include <cstring>

#include <signaling/protocol/json_text.hpp>

namespace signaling::socketio {
namespace {

bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [&](char x, char y) { return lower(x) == lower(y); });
}

// Headers are kept as `name\0value\0`: neither can hold a zero byte, HTTP refuses it.
std::string_view take(std::string_view& rest) noexcept {
  const std::size_t end = rest.find('\0');
  const std::string_view text = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return text;
}

void append_member(std::string_view name, std::string_view value, bool& first, std::string& out) {
  if (!first) out += ',';
  first = false;
  protocol::append_json_string(name, out);
  out += ':';
  protocol::append_json_string(value, out);
}

}  // namespace

HandshakeInfo::HandshakeInfo(const engine::HttpRequest& request, std::int64_t issued_ms)
    : secure_(request.secure), issued_ms_(issued_ms) {
  std::size_t size = request.remote_address.size() + request.target.size();
  for (const auto& [name, value] : request.headers) size += name.size() + value.size() + 2;
  block_ = std::make_unique_for_overwrite<char[]>(size);
  size_ = static_cast<std::uint32_t>(size);
  address_size_ = static_cast<std::uint32_t>(request.remote_address.size());
  target_size_ = static_cast<std::uint32_t>(request.target.size());
  char* out = block_.get();
  const auto append = [&out](std::string_view text) { out = std::copy(text.begin(), text.end(), out); };
  append(request.remote_address);
  append(request.target);
  for (const auto& [name, value] : request.headers) {
    append(name);
    *out++ = '\0';
    append(value);
    *out++ = '\0';
  }
}

std::string_view HandshakeInfo::header(std::string_view name) const noexcept {
  const std::size_t start = address_size_ + target_size_;
  for (std::string_view rest = part(start, size_ - start); !rest.empty();) {
    const std::string_view key = take(rest);
    const std::string_view value = take(rest);
    if (equal_ignoring_case(key, name)) return value;
  }
  return {};
}

std::string_view HandshakeInfo::query(std::string_view name) const {
  thread_local std::string value;
  engine::HttpRequest request;
  const std::size_t mark = target().find('?');
  if (mark == std::string_view::npos) return {};
  request.query = target().substr(mark + 1);
  value.clear();
  return request.query_value(name, value) ? std::string_view(value) : std::string_view{};
}

void HandshakeInfo::append_json(std::string& out) const {
  out += R"({"address":)";
  protocol::append_json_string(address(), out);
  out += R"(,"url":)";
  protocol::append_json_string(target(), out);
  out += R"(,"issued":)";
  out += std::to_string(issued_ms_);
  out += secure_ ? R"(,"secure":true,"headers":{)" : R"(,"secure":false,"headers":{)";
  bool first = true;
  const std::size_t start = address_size_ + target_size_;
  for (std::string_view rest = part(start, size_ - start); !rest.empty();) {
    const std::string_view name = take(rest);
    append_member(name, take(rest), first, out);
  }
  out += '}';
}

}  // namespace signaling::socketio
