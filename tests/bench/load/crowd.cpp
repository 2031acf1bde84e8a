#include "crowd.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <ctime>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <random>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "failure.hpp"

namespace signaling::bench_load {

namespace {

constexpr std::size_t receive_bytes = 256 * 1024;
constexpr std::size_t most_output_bytes = 64'000'000;  // a server that takes so little has stopped reading
constexpr std::uint32_t source_addresses = 60'000;     // 127.0.0.2 … 127.0.234.97

constexpr std::string_view upgrade_request =
    "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

std::int64_t steady_ns() noexcept {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

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

const char* name_of(Phase phase) noexcept {
  switch (phase) {
    case Phase::closed: return "closed";
    case Phase::connecting: return "connecting";
    case Phase::upgrading: return "upgrading";
    case Phase::opening: return "opening";
    case Phase::joining: return "joining the namespace";
    case Phase::ready: return "ready";
    case Phase::closing: return "closing";
  }
  return "unknown";
}

Crowd::Crowd(const Settings& settings)
    : settings_(settings), clients_(settings.clients), buffer_(receive_bytes), begin_ns_(steady_ns()) {
  std::random_device device;
  random_ = static_cast<std::uint64_t>(device()) << 32 | device() | 1;
  epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  if (epoll_ < 0) throw Failure("epoll_create1 failed");
  for (std::size_t i = 0; i < clients_.size(); ++i) clients_[i].index = static_cast<std::uint32_t>(i);
}

Crowd::~Crowd() {
  for (Client& client : clients_) drop(client);
  ::close(epoll_);
}

std::int64_t Crowd::now_ns() const noexcept { return steady_ns() - begin_ns_; }

void Crowd::open(Client& client) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) throw Failure(std::string("socket: ") + std::strerror(errno) + " (the limit of open files?)");
  client.fd = fd;
  client.phase = Phase::connecting;
  client.waits_for_space = true;
  client.opened_ns = now_ns();
  set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  if (settings_.spread) bind_source(fd);
  ++opened_;
  sockaddr_in target{};
  target.sin_family = AF_INET;
  target.sin_port = htons(settings_.ports[client.index % settings_.ports.size()]);
  target.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&target), sizeof target) != 0 && errno != EINPROGRESS) {
    fail(client, std::strerror(errno));
  }
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT;
  event.data.u32 = client.index;
  ::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
}

void Crowd::bind_source(int fd) {
  // The port is chosen when connecting, so that it need only be free towards this server.
  set_option(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
  sockaddr_in source{};
  source.sin_family = AF_INET;
  source.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + opened_ % source_addresses);
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&source), sizeof source) != 0) {
    throw Failure(std::string("bind to an address of 127.0.0.0/8: ") + std::strerror(errno));
  }
}

void Crowd::send(Client& client, std::string_view text) { append(client, Opcode::text, text); }

void Crowd::close(Client& client) {
  append(client, Opcode::close, std::string_view("\x03\xE8", 2));  // 1000
  client.phase = Phase::closing;
}

void Crowd::append(Client& client, Opcode opcode, std::string_view payload) {
  if (client.output.size() > most_output_bytes) fail(client, "the server does not take what is sent");
  // xorshift64: proxies and servers must not be able to rely on the mask, and it costs nothing.
  random_ ^= random_ << 13;
  random_ ^= random_ >> 7;
  random_ ^= random_ << 17;
  append_frame(client.output, opcode, payload, static_cast<std::uint32_t>(random_ >> 32));
  mark_dirty(client);
}

void Crowd::mark_dirty(Client& client) {
  if (client.is_dirty || client.waits_for_space) return;
  client.is_dirty = true;
  dirty_.push_back(&client);
}

void Crowd::turn(std::int64_t wait_ns, Listener& listener) {
  epoll_event events[512];
  const int count = wait_for(epoll_, events, 512, wait_ns);
  if (count < 0 && errno != EINTR) throw Failure(std::string("epoll: ") + std::strerror(errno));
  for (int i = 0; i < count; ++i) {
    Client& client = clients_[events[i].data.u32];
    if ((events[i].events & EPOLLOUT) != 0) on_writable(client);
    if ((events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) on_readable(client, listener);
  }
}

void Crowd::on_writable(Client& client) {
  if (client.phase == Phase::connecting) {
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(client.fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) fail(client, std::strerror(error));
    client.phase = Phase::upgrading;
    client.output.append(upgrade_request);
  }
  watch(client, false);
  mark_dirty(client);
}

void Crowd::on_readable(Client& client, Listener& listener) {
  const ssize_t size = ::recv(client.fd, buffer_.data(), buffer_.size(), 0);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (size <= 0) {
    if (client.phase != Phase::closing) fail(client, size == 0 ? "closed by the server" : std::strerror(errno));
    drop(client);
    return listener.on_closed(client);
  }
  turn_ns_ = now_ns();
  std::string_view input(buffer_.data(), static_cast<std::size_t>(size));
  if (client.input.empty()) {
    input.remove_prefix(take_input(client, input, listener));
    if (client.fd >= 0 && !input.empty()) client.input.assign(input);
    return;
  }
  client.input.append(input);
  const std::size_t taken = take_input(client, client.input, listener);
  if (taken == client.input.size()) {
    std::string().swap(client.input);
  } else {
    client.input.erase(0, taken);
  }
}

std::size_t Crowd::take_input(Client& client, std::string_view input, Listener& listener) {
  const std::size_t size = input.size();
  if (client.phase == Phase::upgrading) {
    const std::size_t head = take_answer(client, input);
    if (head == 0) return 0;
    input.remove_prefix(head);
  }
  ServerFrame frame;
  while (client.fd >= 0) {
    switch (take_frame(input, frame)) {
      case FrameStatus::complete: on_frame(client, frame, listener); break;
      case FrameStatus::partial: return size - input.size();
      case FrameStatus::unsupported: fail(client, "a frame that no server should send here");
    }
  }
  return size;
}

std::size_t Crowd::take_answer(Client& client, std::string_view input) {
  const std::size_t end = input.find("\r\n\r\n");
  if (end == std::string_view::npos) {
    if (input.size() > 16'384) fail(client, "an HTTP head without an end");
    return 0;
  }
  if (!input.starts_with("HTTP/1.1 101 ")) fail(client, input.substr(0, input.find('\r')));
  client.phase = Phase::opening;
  return end + 4;
}

void Crowd::on_frame(Client& client, const ServerFrame& frame, Listener& listener) {
  switch (frame.opcode) {
    case Opcode::text: return on_text(client, frame.payload, listener);
    case Opcode::ping: return append(client, Opcode::pong, frame.payload);
    case Opcode::pong: return;
    case Opcode::close:
      if (client.phase != Phase::closing) fail(client, "closed by the server with a close frame");
      drop(client);
      return listener.on_closed(client);
    case Opcode::binary: break;
  }
  fail(client, "a binary frame or one of a reserved kind");
}

void Crowd::on_text(Client& client, std::string_view text, Listener& listener) {
  if (text.empty()) fail(client, "an empty packet");
  switch (text.front()) {
    case '0':
      if (client.phase != Phase::opening) fail(client, "a second open packet");
      client.phase = Phase::joining;
      return send(client, "40");
    case '2':
      ++pings_;
      if (client.phase != Phase::closing) send(client, "3");
      return;
    case '4': return on_socketio(client, text.substr(1), listener);
    case '6': return;
    default: fail(client, std::string("packet ").append(text.substr(0, 80)));
  }
}

void Crowd::on_socketio(Client& client, std::string_view packet, Listener& listener) {
  constexpr std::string_view connected = "0{\"sid\":\"";
  if (packet.starts_with("2[")) return listener.on_event(client, packet.substr(1), turn_ns_);
  if (packet.starts_with('3')) {
    std::uint32_t id = 0;
    const auto [end, error] = std::from_chars(packet.data() + 1, packet.data() + packet.size(), id);
    if (error != std::errc{}) fail(client, "an acknowledgement without an id");
    return listener.on_ack(client, id, packet.substr(static_cast<std::size_t>(end - packet.data())), turn_ns_);
  }
  if (!packet.starts_with(connected) || client.phase != Phase::joining) {
    fail(client, std::string("packet 4").append(packet.substr(0, 200)));
  }
  packet.remove_prefix(connected.size());
  client.id.assign(packet.substr(0, packet.find('"')));
  client.phase = Phase::ready;
  listener.on_ready(client);
}

void Crowd::flush() {
  for (Client* client : dirty_) {
    client->is_dirty = false;
    if (client->fd >= 0 && !client->waits_for_space) write(*client);
  }
  dirty_.clear();
}

void Crowd::write(Client& client) {
  if (client.output.empty()) return;
  const ssize_t sent = ::send(client.fd, client.output.data(), client.output.size(), MSG_NOSIGNAL);
  if (sent == static_cast<ssize_t>(client.output.size())) return client.output.clear();
  if (sent < 0 && errno != EAGAIN && errno != EINTR) fail(client, std::strerror(errno));
  if (sent > 0) client.output.erase(0, static_cast<std::size_t>(sent));
  watch(client, true);
}

void Crowd::watch(Client& client, bool for_space) {
  client.waits_for_space = for_space;
  epoll_event event{};
  event.events = for_space ? EPOLLIN | EPOLLOUT : EPOLLIN;
  event.data.u32 = client.index;
  ::epoll_ctl(epoll_, EPOLL_CTL_MOD, client.fd, &event);
}

void Crowd::drop(Client& client) {
  if (client.fd >= 0) ::close(client.fd);
  client.fd = -1;
  client.phase = Phase::closed;
  client.waits_for_space = false;
  client.input.clear();
  client.output.clear();
}

void Crowd::fail(const Client& client, std::string_view what) const {
  throw Failure("client " + std::to_string(client.index) + " on port " +
                std::to_string(settings_.ports[client.index % settings_.ports.size()]) + ", " + name_of(client.phase) + ": " +
                std::string(what));
}

}  // namespace signaling::bench_load
