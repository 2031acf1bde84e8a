#include "listener.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <system_error>

#include "worker.hpp"

namespace signaling::net {
namespace {

constexpr std::chrono::milliseconds pause_without_files{100};

[[noreturn]] void refuse(const ListenEndpoint& endpoint, std::uint16_t port, int code) {
  throw std::system_error(code, std::generic_category(), "listen on " + endpoint.address + " port " + std::to_string(port));
}

void set_option(int socket, int level, int name, int value) { ::setsockopt(socket, level, name, &value, sizeof value); }

/// Fills a sockaddr from numeric text; 0 where it is none.
socklen_t parse_address(const std::string& text, std::uint16_t port, sockaddr_storage& out) {
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(port);
  if (::inet_pton(AF_INET, text.c_str(), &v4.sin_addr) == 1) {
    std::memcpy(&out, &v4, sizeof v4);
    return sizeof v4;
  }
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  if (::inet_pton(AF_INET6, text.c_str(), &v6.sin6_addr) == 1) {
    std::memcpy(&out, &v6, sizeof v6);
    return sizeof v6;
  }
  return 0;
}

FileDescriptor bind_socket(const ListenEndpoint& endpoint, std::uint16_t port, bool shares) {
  sockaddr_storage address{};
  const socklen_t size = parse_address(endpoint.address, port, address);
  if (size == 0) refuse(endpoint, port, EINVAL);
  FileDescriptor socket(::socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) refuse(endpoint, port, errno);
  set_option(socket.get(), SOL_SOCKET, SO_REUSEADDR, 1);
  if (shares) set_option(socket.get(), SOL_SOCKET, SO_REUSEPORT, 1);
  set_option(socket.get(), IPPROTO_TCP, TCP_NODELAY, 1);  // inherited by what is accepted
  if (address.ss_family == AF_INET6) set_option(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, endpoint.address == "::" ? 0 : 1);
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0) refuse(endpoint, port, errno);
  return socket;
}

FileDescriptor open_reserve() { return FileDescriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC)); }

}  // namespace

FileDescriptor listen_on(const ListenEndpoint& endpoint, std::uint16_t port, int backlog, bool shares) {
  FileDescriptor socket = bind_socket(endpoint, port, shares);
  if (::listen(socket.get(), backlog) != 0) refuse(endpoint, port, errno);
  return socket;
}

void check_port_is_free(const ListenEndpoint& endpoint) {
  if (endpoint.port != 0) bind_socket(endpoint, endpoint.port, false);
}

std::uint16_t bound_port(int socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    throw std::system_error(errno, std::generic_category(), "getsockname");
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  if (address.ss_family == AF_INET) {
    std::memcpy(&v4, &address, sizeof v4);
    return ntohs(v4.sin_port);
  }
  std::memcpy(&v6, &address, sizeof v6);
  return ntohs(v6.sin6_port);
}

Listener::Listener(Worker& worker, FileDescriptor socket, std::size_t endpoint)
    : worker_(worker), socket_(std::move(socket)), reserve_(open_reserve()), endpoint_(endpoint) {
  worker.loop().watch(socket_.get(), *this, EPOLLIN);
}

void Listener::close() {
  if (!socket_) return;
  worker_.loop().timers().disarm(*this);
  worker_.loop().unwatch(socket_.get(), *this);
  socket_.close();
  reserve_.close();
}

void Listener::on_io(std::uint32_t) { accept_batch(); }
void Listener::on_timer(base::TimePoint) { accept_batch(); }

void Listener::accept_batch() {
  if (!socket_ || is_armed()) return;
  for (std::uint32_t i = 0; i < worker_.options().accepts_per_turn; ++i) {
    if (!accept_one()) return;
  }
  // Edge-triggered: who still waits is not told again. The connections there are get their turn first.
  worker_.loop().post([this] { accept_batch(); });
}

bool Listener::accept_one() {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  FileDescriptor socket(::accept4(socket_.get(), reinterpret_cast<sockaddr*>(&storage), &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!socket) {
    if (errno == EAGAIN) return false;
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      out_of_files();
      return false;
    }
    return true;  // ECONNABORTED and other errors of the one connection (accept(2))
  }
  const PeerAddress address(storage);
  auto& limits = worker_.counters().limits;
  const bool is_proxy = worker_.is_trusted_proxy(address, endpoint_);
  switch (worker_.state().limiter.acquire(address, !is_proxy)) {
    case ConnectionLimiter::Verdict::too_many: limits[static_cast<std::size_t>(Limit::connections)].add(); return true;
    case ConnectionLimiter::Verdict::too_many_of_address:
      limits[static_cast<std::size_t>(Limit::connections_per_address)].add();
      return true;
    case ConnectionLimiter::Verdict::accepted: break;
  }
  worker_.open(std::move(socket), address, is_proxy, endpoint_);
  return true;
}

void Listener::out_of_files() {
  worker_.counters().limits[static_cast<std::size_t>(Limit::open_files)].add();
  // Whoever waits longest is refused rather than left hanging; the rest may find a descriptor free when the pause is over.
  reserve_.close();
  const FileDescriptor refused(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  worker_.loop().timers().arm(*this, worker_.loop().now() + pause_without_files);
}

}  // namespace signaling::net
