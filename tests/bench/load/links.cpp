#include "links.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.hpp"
#include "failure.hpp"

namespace signaling::bench_load {

namespace {

constexpr std::size_t receive_bytes = 256 * 1024;
constexpr std::uint32_t source_addresses = 60'000;  // 127.0.0.2 … 127.0.234.97

void set_option(int fd, int level, int name, int value) noexcept { ::setsockopt(fd, level, name, &value, sizeof value); }

/// Nanoseconds where the kernel has them, since open load is due every few microseconds.
int wait_for(int epoll, epoll_event* events, int count, std::int64_t wait_ns) {
  wait_ns = std::max<std::int64_t>(wait_ns, 0);
  timespec time{};
  time.tv_sec = static_cast<time_t>(wait_ns / 1'000'000'000);
  time.tv_nsec = static_cast<long>(wait_ns % 1'000'000'000);
  const int ready = ::epoll_pwait2(epoll, events, count, &time, nullptr);
  if (ready >= 0 || errno != ENOSYS) return ready;
  return ::epoll_wait(epoll, events, count, static_cast<int>(wait_ns / 1'000'000));
}

}  // namespace

Links::Links(const Settings& settings, std::uint32_t parts)
    : settings_(settings), parts_(parts), links_(settings.clients * parts), buffer_(receive_bytes) {
  for (std::size_t i = 0; i < links_.size(); ++i) {
    links_[i].client = static_cast<std::uint32_t>(i / parts);
    links_[i].part = static_cast<std::uint32_t>(i % parts);
  }
  if (settings.tls) tls_ = std::make_unique<TlsContext>();
  epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  if (epoll_ < 0) throw Failure("epoll_create1 failed");
}

Links::~Links() {
  // Thousands at once are reset: those closed by FIN stay in the kernel's table of tracked connections for two minutes.
  const linger reset{.l_onoff = 1, .l_linger = 0};
  for (Link& link : links_) {
    if (link.fd >= 0 && settings_.scenario == ScenarioKind::idle)
      ::setsockopt(link.fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    drop(link);
  }
  ::close(epoll_);
}

int Links::open(Link& link) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) throw Failure(std::string("socket: ") + std::strerror(errno) + " (the limit of open files?)");
  link.fd = fd;
  link.state = LinkState::connecting;
  link.waits_for_space = true;
  set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  if (settings_.spread) bind_source(fd);
  ++opened_;
  sockaddr_in target{};
  target.sin_family = AF_INET;
  target.sin_port = htons(settings_.ports[link.client % settings_.ports.size()]);
  target.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&target), sizeof target) != 0 && errno != EINPROGRESS) {
    const int error = errno;
    drop(link);
    return error;
  }
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT;
  event.data.ptr = &link;
  ::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
  return 0;
}

void Links::bind_source(int fd) {
  // The port is chosen when connecting, so that it need only be free towards this server.
  set_option(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
  sockaddr_in source{};
  source.sin_family = AF_INET;
  source.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + opened_ % source_addresses);
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&source), sizeof source) != 0) {
    throw Failure(std::string("bind to an address of 127.0.0.0/8: ") + std::strerror(errno));
  }
}

void Links::mark_dirty(Link& link) {
  if (link.is_dirty || link.waits_for_space) return;
  link.is_dirty = true;
  dirty_.push_back(&link);
}

void Links::turn(std::int64_t wait_ns, LinkListener& listener) {
  epoll_event events[512];
  const int count = wait_for(epoll_, events, 512, wait_ns);
  if (count < 0 && errno != EINTR) throw Failure(std::string("epoll: ") + std::strerror(errno));
  for (int i = 0; i < count; ++i) {
    Link& link = *static_cast<Link*>(events[i].data.ptr);
    // What came for another link may have dropped this one.
    if (link.fd >= 0 && (events[i].events & EPOLLOUT) != 0) on_writable(link, listener);
    if (link.fd >= 0 && (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) on_readable(link, listener);
  }
}

void Links::on_writable(Link& link, LinkListener& listener) {
  watch(link, false);
  if (link.state == LinkState::connecting) {
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(link.fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) return end(link, std::strerror(error), listener);
    link.state = LinkState::open;
    if (tls_ != nullptr) {
      link.state = LinkState::securing;
      link.tls = std::make_unique<TlsStream>(*tls_, link.fd);
    }
    if (link.state == LinkState::open) listener.on_open(link);  // may drop it
  }
  if (link.state == LinkState::securing) return secure(link, listener);
  if (link.state == LinkState::open && !link.output.empty()) mark_dirty(link);
}

void Links::on_readable(Link& link, LinkListener& listener) {
  if (link.state == LinkState::connecting) return;
  if (link.state == LinkState::securing) secure(link, listener);
  if (link.state == LinkState::securing || link.fd < 0) return;
  if (link.tls != nullptr) return read_tls(link, listener);
  const ssize_t size = ::recv(link.fd, buffer_.data(), buffer_.size(), 0);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (size <= 0) return end(link, size == 0 ? "closed by the server" : std::strerror(errno), listener);
  take(link, std::string_view(buffer_.data(), static_cast<std::size_t>(size)), listener);
}

void Links::secure(Link& link, LinkListener& listener) {
  switch (link.tls->handshake()) {
    case TlsStep::done: break;
    case TlsStep::wants_read: return;
    case TlsStep::wants_write: return watch(link, true);
    case TlsStep::ended: return end(link, "closed by the server within the TLS handshake", listener);
    case TlsStep::failed: return end(link, "TLS handshake: " + link.tls->reason(), listener);
  }
  link.state = LinkState::open;
  listener.on_open(link);
  if (!link.output.empty()) mark_dirty(link);
}

void Links::read_tls(Link& link, LinkListener& listener) {
  // Until nothing is left: what OpenSSL has read ahead does not make the descriptor readable again.
  while (link.fd >= 0) {
    std::size_t size = 0;
    switch (link.tls->read(buffer_.data(), buffer_.size(), size)) {
      case TlsStep::done: take(link, std::string_view(buffer_.data(), size), listener); break;
      case TlsStep::wants_read: return;
      case TlsStep::wants_write: return watch(link, true);
      case TlsStep::ended: return end(link, "closed by the server", listener);
      case TlsStep::failed: return end(link, "TLS: " + link.tls->reason(), listener);
    }
  }
}

void Links::take(Link& link, std::string_view bytes, LinkListener& listener) {
  read_ns_ = steady_ns();
  std::string input;
  if (!link.input.empty()) {
    // Held here: what handles the bytes may drop the link.
    input.swap(link.input);
    bytes = input.append(bytes);
  }
  const std::size_t taken = listener.on_bytes(link, bytes);
  if (link.fd >= 0 && taken < bytes.size()) link.input.assign(bytes.substr(taken));
}

void Links::flush(LinkListener& listener) {
  // By index: what hears of an end may have more to send.
  for (std::size_t i = 0; i < dirty_.size(); ++i) {
    Link& link = *dirty_[i];
    link.is_dirty = false;
    if (link.fd >= 0 && !link.waits_for_space && !link.output.empty()) write(link, listener);
  }
  dirty_.clear();
}

void Links::write(Link& link, LinkListener& listener) {
  if (link.tls != nullptr) return write_tls(link, listener);
  const ssize_t sent = ::send(link.fd, link.output.data(), link.output.size(), MSG_NOSIGNAL);
  if (sent == static_cast<ssize_t>(link.output.size())) return link.output.clear();
  if (sent < 0 && errno != EAGAIN && errno != EINTR) return end(link, std::strerror(errno), listener);
  if (sent > 0) link.output.erase(0, static_cast<std::size_t>(sent));
  watch(link, true);
}

void Links::write_tls(Link& link, LinkListener& listener) {
  std::size_t done = 0;
  TlsStep step = TlsStep::done;
  while (step == TlsStep::done && done < link.output.size()) {
    std::size_t sent = 0;
    step = link.tls->write(std::string_view(link.output).substr(done), sent);
    done += sent;
  }
  if (step == TlsStep::failed || step == TlsStep::ended) return end(link, "TLS: " + link.tls->reason(), listener);
  link.output.erase(0, done);
  if (step == TlsStep::wants_write) watch(link, true);
}

void Links::watch(Link& link, bool for_space) {
  if (link.waits_for_space == for_space) return;
  link.waits_for_space = for_space;
  epoll_event event{};
  event.events = for_space ? EPOLLIN | EPOLLOUT : EPOLLIN;
  event.data.ptr = &link;
  ::epoll_ctl(epoll_, EPOLL_CTL_MOD, link.fd, &event);
}

void Links::end(Link& link, std::string_view why, LinkListener& listener) {
  const std::string reason(why);  // may be the TLS stream's
  drop(link);
  listener.on_end(link, reason);
}

void Links::drop(Link& link) {
  link.tls.reset();
  if (link.fd >= 0) ::close(link.fd);
  link.fd = -1;
  link.state = LinkState::closed;
  link.waits_for_space = false;
  std::string().swap(link.input);
  link.output.clear();
}

}  // namespace signaling::bench_load
