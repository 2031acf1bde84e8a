// Holds many idle Socket.IO connections over WebSocket against one server and measures what each costs it in memory.
//
//   idle_connections --port 3000 --count 10000 --server-pid PID [--hold 10] [--namespace /chat] [--address 127.0.0.1]
//
// One thread, one epoll. Connections come from 127.0.0.2, 127.0.0.3 …, so that no source address runs out of ports; the
// server's pings are answered. Prints one JSON object; exit code 1 when a connection failed or was lost.

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

struct Settings {
  std::string address = "127.0.0.1";
  std::string name_space = "/";
  std::uint16_t port = 3000;
  std::size_t count = 1000;
  long server_pid = 0;
  int hold_seconds = 10;
  std::size_t at_once = 100;  // connections being opened: fewer than any backlog
  int source_addresses = 50;
};

/// Kilobytes of a process, from /proc/PID/smaps_rollup: what it holds of its own, shared pages counted in part.
struct Memory {
  long rss = 0;
  long pss = 0;
};

Memory memory_of(long pid) {
  Memory memory;
  if (pid == 0) return memory;
  std::ifstream file("/proc/" + std::to_string(pid) + "/smaps_rollup");
  if (!file) throw std::runtime_error("cannot read /proc/" + std::to_string(pid) + "/smaps_rollup: is --server-pid right?");
  std::string key;
  long value = 0;
  for (std::string line; std::getline(file, line);) {
    char name[64] = {};
    if (std::sscanf(line.c_str(), "%63[^:]: %ld kB", name, &value) != 2) continue;
    if (std::string_view(name) == "Rss") memory.rss = value;
    if (std::string_view(name) == "Pss") memory.pss = value;
  }
  return memory;
}

/// A masked text frame; the mask is all zeros, since nobody here is to be protected from the bytes of the payload.
std::string text_frame(std::string_view payload) {
  std::string frame{'\x81', static_cast<char>(0x80 | payload.size())};
  frame.append(4, '\0');
  return frame.append(payload);
}

enum class State : std::uint8_t { connecting, upgrading, opening, joining, idle, lost };

struct Connection {
  int fd = -1;
  State state = State::connecting;
  std::string input;  // an incomplete answer or frame; empty while idle
};

class Crowd {
 public:
  explicit Crowd(const Settings& settings) : settings_(settings), connections_(settings.count) {
    const auto prefix = settings.name_space == "/" ? std::string() : settings.name_space + ",";
    join_frame_ = text_frame("40" + prefix);
    joined_ = "40" + prefix + "{\"sid\":";
    epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
    if (epoll_ < 0) throw std::runtime_error("epoll_create1 failed");
  }
  ~Crowd() {
    for (Connection& connection : connections_) drop(connection);
    ::close(epoll_);
  }
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;

  /// Opens connections until `total` are idle; false if one failed or the time is over.
  bool open(std::size_t total, std::chrono::seconds limit) {
    const auto deadline = Clock::now() + limit;
    while (idle_ < total && lost_ == 0) {
      while (opened_ < total && opened_ - idle_ < settings_.at_once) start(connections_[opened_++]);
      turn(50);
      if (Clock::now() > deadline) {
        last_error_ = "not all connections were open in time";
        return false;
      }
    }
    return lost_ == 0;
  }

  void hold(std::chrono::milliseconds time) {
    const auto deadline = Clock::now() + time;
    while (Clock::now() < deadline) turn(50);
  }

  std::size_t idle() const { return idle_; }
  std::size_t lost() const { return lost_; }
  std::uint64_t pings() const { return pings_; }
  const std::string& last_error() const { return last_error_; }

 private:
  void start(Connection& connection) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) throw std::runtime_error(std::string("socket: ") + std::strerror(errno) + " (raise the limit of open files)");
    connection.fd = fd;
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    // The port is chosen when connecting, so that it need only be free towards this server.
    ::setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    if (settings_.address.starts_with("127.")) {
      sockaddr_in source{};
      source.sin_family = AF_INET;
      const auto number = static_cast<std::uint32_t>(opened_ % static_cast<std::size_t>(settings_.source_addresses));
      source.sin_addr.s_addr = htonl(0x7F000002 + number);
      if (::bind(fd, reinterpret_cast<const sockaddr*>(&source), sizeof source) != 0) return fail(connection, "bind");
    }
    sockaddr_in target{};
    target.sin_family = AF_INET;
    target.sin_port = htons(settings_.port);
    ::inet_pton(AF_INET, settings_.address.c_str(), &target.sin_addr);
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&target), sizeof target) != 0 && errno != EINPROGRESS) {
      return fail(connection, "connect");
    }
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT;
    event.data.ptr = &connection;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
  }

  void turn(int wait_ms) {
    epoll_event events[256];
    const int count = ::epoll_wait(epoll_, events, 256, wait_ms);
    for (int i = 0; i < count; ++i) {
      auto& connection = *static_cast<Connection*>(events[i].data.ptr);
      if (connection.state == State::connecting && (events[i].events & EPOLLOUT) != 0) on_connected(connection);
      if (connection.fd >= 0 && (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) on_readable(connection);
    }
  }

  void on_connected(Connection& connection) {
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(connection.fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) {
      errno = error;
      return fail(connection, "connect");
    }
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = &connection;
    ::epoll_ctl(epoll_, EPOLL_CTL_MOD, connection.fd, &event);
    connection.state = State::upgrading;
    send(
        connection,
        "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
  }

  void on_readable(Connection& connection) {
    char buffer[4096];
    const ssize_t size = ::recv(connection.fd, buffer, sizeof buffer, 0);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (size <= 0) {
      if (size == 0) errno = ECONNRESET;
      return fail(connection, "receive");
    }
    connection.input.append(buffer, static_cast<std::size_t>(size));
    while (connection.fd >= 0 && take_one(connection)) {
    }
    if (connection.input.empty()) std::string().swap(connection.input);
  }

  /// Takes one answer or frame off the input; false where it is not complete.
  bool take_one(Connection& connection) {
    std::string& input = connection.input;
    if (connection.state == State::upgrading) {
      const auto end = input.find("\r\n\r\n");
      if (end == std::string::npos) return false;
      if (!input.starts_with("HTTP/1.1 101")) {
        fail(connection, "upgrade refused", input.substr(0, input.find('\r')));
        return false;
      }
      input.erase(0, end + 4);
      connection.state = State::opening;
      return true;
    }
    if (input.size() < 2) return false;
    std::size_t length = static_cast<unsigned char>(input[1]);
    std::size_t head = 2;
    if (length == 126) {
      if (input.size() < 4) return false;
      length = static_cast<std::size_t>(static_cast<unsigned char>(input[2])) << 8 | static_cast<unsigned char>(input[3]);
      head = 4;
    }
    if (input.size() < head + length) return false;
    const std::string payload = input.substr(head, length);
    const bool is_text = (input[0] & 0x0F) == 1;
    input.erase(0, head + length);
    if (is_text) {
      on_message(connection, payload);
    } else {
      fail(connection, "the server closed");
    }
    return true;
  }

  void on_message(Connection& connection, const std::string& message) {
    if (message == "2") {
      ++pings_;
      send(connection, text_frame("3"));
    } else if (connection.state == State::opening && message.starts_with('0')) {
      connection.state = State::joining;
      send(connection, join_frame_);
    } else if (connection.state == State::joining && message.starts_with(joined_)) {
      connection.state = State::idle;
      ++idle_;
    } else if (connection.state == State::joining) {
      fail(connection, "joining", message);
    }
  }

  void send(Connection& connection, std::string_view bytes) {
    // Small, and the first thing in an empty buffer: it is taken whole or the connection is of no use.
    const ssize_t sent = ::send(connection.fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent != static_cast<ssize_t>(bytes.size())) fail(connection, "send");
  }

  void fail(Connection& connection, const char* what, const std::string& detail = {}) {
    last_error_ = std::string(what) + ": " + (detail.empty() ? std::strerror(errno) : detail);
    if (connection.state == State::idle) --idle_;
    connection.state = State::lost;
    ++lost_;
    drop(connection);
  }

  static void drop(Connection& connection) {
    if (connection.fd >= 0) ::close(connection.fd);
    connection.fd = -1;
  }

  const Settings& settings_;
  std::vector<Connection> connections_;
  std::string join_frame_;
  std::string joined_;
  std::string last_error_;
  int epoll_ = -1;
  std::size_t opened_ = 0;
  std::size_t idle_ = 0;
  std::size_t lost_ = 0;
  std::uint64_t pings_ = 0;
};

Settings parse(int argc, char** argv) {
  Settings settings;
  for (int i = 1; i < argc; i += 2) {
    const std::string_view name = argv[i];
    if (i + 1 >= argc) throw std::runtime_error(std::string(name) + " wants a value");
    const char* value = argv[i + 1];
    if (name == "--address") {
      settings.address = value;
    } else if (name == "--namespace") {
      settings.name_space = value;
    } else if (name == "--port") {
      settings.port = static_cast<std::uint16_t>(std::atoi(value));
    } else if (name == "--count") {
      settings.count = std::strtoul(value, nullptr, 10);
    } else if (name == "--server-pid") {
      settings.server_pid = std::atol(value);
    } else if (name == "--hold") {
      settings.hold_seconds = std::atoi(value);
    } else {
      throw std::runtime_error("unknown option " + std::string(name));
    }
  }
  return settings;
}

int run(const Settings& settings) {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  if (settings.count + 20 > files.rlim_cur) {
    throw std::runtime_error("the limit of open files is " + std::to_string(files.rlim_cur) + ": too low for --count");
  }

  Crowd crowd(settings);
  // A few first: what the server sets up once, for its first client, is not a cost of each.
  const std::size_t warm_up = std::min<std::size_t>(settings.count, 20);
  const auto begin = Clock::now();
  bool is_good = crowd.open(warm_up, std::chrono::seconds(30));
  crowd.hold(std::chrono::milliseconds(200));
  const Memory before = memory_of(settings.server_pid);
  is_good = is_good && crowd.open(settings.count, std::chrono::seconds(240));
  const auto opening = std::chrono::duration<double>(Clock::now() - begin).count();
  const std::size_t reached = crowd.idle();
  if (is_good) crowd.hold(std::chrono::seconds(settings.hold_seconds));
  const Memory held = memory_of(settings.server_pid);

  const auto each = [&](long before_kb, long held_kb) {
    const std::size_t counted = crowd.idle() > warm_up ? crowd.idle() - warm_up : 1;
    return static_cast<double>(held_kb - before_kb) / static_cast<double>(counted);
  };
  std::cout << "{\"connections\":" << reached << ",\"lost\":" << crowd.lost() << ",\"pings_answered\":" << crowd.pings()
            << ",\"seconds_to_open\":" << opening << ",\"server_kb\":{\"rss_before\":" << before.rss << ",\"rss\":" << held.rss
            << ",\"pss_before\":" << before.pss << ",\"pss\":" << held.pss << ",\"rss_each\":" << each(before.rss, held.rss)
            << ",\"pss_each\":" << each(before.pss, held.pss) << "}}\n";
  if (!is_good || crowd.lost() > 0) {
    std::cerr << "idle_connections: " << crowd.lost() << " connections lost; last: " << crowd.last_error() << '\n';
    return 1;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(parse(argc, argv));
  } catch (const std::exception& error) {
    std::cerr << "idle_connections: " << error.what() << '\n';
    return 1;
  }
}
