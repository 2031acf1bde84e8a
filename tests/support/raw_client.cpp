#include "support/raw_client.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <charconv>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/ssl.h>

namespace signaling::test {
namespace {

bool same_name(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

std::string HttpAnswer::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (same_name(key, name)) return value;
  }
  return {};
}

std::uint16_t Frame::close_code() const {
  if (payload.size() < 2) return 1005;
  return static_cast<std::uint16_t>(static_cast<unsigned char>(payload[0]) << 8 | static_cast<unsigned char>(payload[1]));
}

std::string client_frame(std::uint8_t first_byte, std::string_view payload) {
  std::string out;
  out += static_cast<char>(first_byte);
  const std::size_t size = payload.size();
  if (size < 126) {
    out += static_cast<char>(0x80 | size);
  } else if (size <= 0xffff) {
    out += static_cast<char>(0x80 | 126);
    out += static_cast<char>(size >> 8);
    out += static_cast<char>(size);
  } else {
    out += static_cast<char>(0x80 | 127);
    for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(size >> shift);
  }
  const std::array<char, 4> mask{'\x12', '\x34', '\x56', '\x78'};
  out.append(mask.data(), mask.size());
  for (std::size_t i = 0; i < size; ++i) out += static_cast<char>(payload[i] ^ mask[i % 4]);
  return out;
}

RawClient::RawClient(std::uint16_t port, bool tls, bool v6) {
  sockaddr_storage address{};
  socklen_t size = 0;
  if (v6) {
    auto& in6 = reinterpret_cast<sockaddr_in6&>(address);
    in6.sin6_family = AF_INET6;
    in6.sin6_port = htons(port);
    in6.sin6_addr = in6addr_loopback;
    size = sizeof in6;
  } else {
    auto& in = reinterpret_cast<sockaddr_in&>(address);
    in.sin_family = AF_INET;
    in.sin_port = htons(port);
    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    size = sizeof in;
  }
  fd_ = ::socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd_ < 0 || ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), size) != 0) throw ClientError("connect");
  const int one = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (!tls) return;
  timeval limit{};
  limit.tv_sec = std::chrono::duration_cast<std::chrono::seconds>(time_limit).count();
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  context_ = SSL_CTX_new(TLS_client_method());
  static constexpr unsigned char protocols[] = "\x02h2\x08http/1.1";
  SSL_CTX_set_alpn_protos(context_, protocols, sizeof protocols - 1);
  ssl_ = SSL_new(context_);
  SSL_set_fd(ssl_, fd_);
  if (SSL_connect(ssl_) != 1) throw ClientError("TLS handshake");
}

RawClient::~RawClient() {
  SSL_free(ssl_);
  SSL_CTX_free(context_);
  if (fd_ >= 0) ::close(fd_);
}

void RawClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    std::size_t sent = 0;
    if (ssl_ != nullptr) {
      if (SSL_write_ex(ssl_, bytes.data(), bytes.size(), &sent) != 1) throw ClientError("TLS send");
    } else {
      const ssize_t result = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (result < 0) throw ClientError("send");
      sent = static_cast<std::size_t>(result);
    }
    bytes.remove_prefix(sent);
  }
}

std::size_t RawClient::send_some(std::string_view bytes, base::Milliseconds wait) {
  std::size_t total = 0;
  while (!bytes.empty()) {
    pollfd entry{fd_, POLLOUT, 0};
    if (::poll(&entry, 1, static_cast<int>(wait.count())) <= 0) break;
    const ssize_t result = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (result < 0) break;
    total += static_cast<std::size_t>(result);
    bytes.remove_prefix(static_cast<std::size_t>(result));
  }
  return total;
}

bool RawClient::wait_readable(base::Milliseconds wait) {
  if (ssl_ != nullptr && SSL_pending(ssl_) > 0) return true;
  pollfd entry{fd_, POLLIN, 0};
  return ::poll(&entry, 1, static_cast<int>(wait.count())) > 0;
}

bool RawClient::read_more(base::Milliseconds wait) {
  if (!wait_readable(wait)) throw ClientError("nothing arrived in time; so far: " + buffer_.substr(0, 200));
  std::array<char, 65536> chunk;
  if (ssl_ != nullptr) {
    std::size_t size = 0;
    if (SSL_read_ex(ssl_, chunk.data(), chunk.size(), &size) != 1) return false;
    buffer_.append(chunk.data(), size);
    return true;
  }
  const ssize_t size = ::recv(fd_, chunk.data(), chunk.size(), 0);
  if (size <= 0) return false;
  buffer_.append(chunk.data(), static_cast<std::size_t>(size));
  return true;
}

HttpAnswer RawClient::read_answer(bool to_head) {
  std::size_t end = std::string::npos;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (!read_more()) throw ClientError("connection ended before an answer: " + buffer_);
  }
  HttpAnswer answer;
  std::string_view header = std::string_view(buffer_).substr(0, end + 2);
  if (!header.starts_with("HTTP/1.1 ")) throw ClientError("not an answer: " + buffer_.substr(0, 200));
  std::from_chars(header.data() + 9, header.data() + 12, answer.status);
  header.remove_prefix(header.find("\r\n") + 2);
  while (!header.empty()) {
    const std::size_t line_end = header.find("\r\n");
    const std::string_view line = header.substr(0, line_end);
    const std::size_t colon = line.find(": ");
    answer.headers.emplace_back(line.substr(0, colon), line.substr(colon + 2));
    header.remove_prefix(line_end + 2);
  }
  buffer_.erase(0, end + 4);
  std::size_t size = 0;
  const std::string length = answer.header("Content-Length");
  if (!to_head) std::from_chars(length.data(), length.data() + length.size(), size);
  while (buffer_.size() < size) {
    if (!read_more()) throw ClientError("connection ended inside a body");
  }
  answer.body = buffer_.substr(0, size);
  buffer_.erase(0, size);
  return answer;
}

HttpAnswer RawClient::get(std::string_view path, std::string_view more_headers) {
  send("GET " + std::string(path) + " HTTP/1.1\r\nHost: localhost\r\n" + std::string(more_headers) + "\r\n");
  return read_answer();
}

HttpAnswer RawClient::open_websocket(std::string_view path, std::string_view more_headers, std::string_view first_frames) {
  send("GET " + std::string(path) +
       " HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
       "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
       std::string(more_headers) + "\r\n" + std::string(first_frames));
  return read_answer();
}

std::optional<Frame> RawClient::read_frame_or_end() {
  const auto have = [this](std::size_t size) {
    while (buffer_.size() < size) {
      if (!read_more()) return false;
    }
    return true;
  };
  const auto byte = [this](std::size_t i) { return static_cast<std::uint64_t>(static_cast<unsigned char>(buffer_[i])); };
  if (!have(2)) return std::nullopt;
  std::uint64_t size = byte(1);
  std::size_t header = 2;
  if (size == 126) {
    header = 4;
    if (!have(header)) return std::nullopt;
    size = byte(2) << 8 | byte(3);
  } else if (size == 127) {
    header = 10;
    if (!have(header)) return std::nullopt;
    size = 0;
    for (std::size_t i = 2; i < 10; ++i) size = size << 8 | byte(i);
  }
  if (!have(header + size)) return std::nullopt;
  Frame frame;
  frame.first_byte = static_cast<std::uint8_t>(buffer_[0]);
  frame.payload = buffer_.substr(header, size);
  buffer_.erase(0, header + size);
  return frame;
}

Frame RawClient::read_frame() {
  if (auto frame = read_frame_or_end()) return *std::move(frame);
  throw ClientError("connection ended before a frame");
}

std::string RawClient::read_to_end() {
  while (read_more()) {
  }
  return std::exchange(buffer_, {});
}

bool RawClient::ends_within(base::Milliseconds wait) {
  const auto end = base::Clock::now() + wait;
  for (;;) {
    const auto left = std::chrono::duration_cast<base::Milliseconds>(end - base::Clock::now());
    if (left.count() <= 0 || !wait_readable(left)) return false;
    if (!read_more()) return true;
  }
}

bool RawClient::is_silent_for(base::Milliseconds wait) { return buffer_.empty() && !wait_readable(wait); }

void RawClient::shutdown_write() { ::shutdown(fd_, SHUT_WR); }

void RawClient::close() {
  ::close(fd_);
  fd_ = -1;
}

void RawClient::reset() {
  const linger now{1, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  close();
}

void RawClient::set_receive_buffer(int bytes) { ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes); }

std::string RawClient::alpn() const {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl_, &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

}  // namespace signaling::test
