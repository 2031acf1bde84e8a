#include <cstddef>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <signaling/server/service_manager.hpp>

namespace signaling::server {

namespace {

std::string status_line(std::string_view status) {
  std::string line = "STATUS=" + std::string(status);
  // A line end would begin another assignment.
  for (char& c : line) {
    if (c == '\n' || c == '\r') c = ' ';
  }
  return line;
}

std::int64_t microseconds(base::TimePoint time) {
  return std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
}

}  // namespace

ServiceManager::ServiceManager(std::string_view socket) {
  const bool is_usable = socket.starts_with('/') || socket.starts_with('@');
  if (!is_usable || socket.size() < 2 || socket.size() >= sizeof(sockaddr_un::sun_path)) return;
  address_ = socket;
  if (address_.front() == '@') address_.front() = '\0';
  socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

ServiceManager::~ServiceManager() {
  if (socket_ >= 0) ::close(socket_);
}

void ServiceManager::ready(std::string_view status) { send("READY=1\n" + status_line(status)); }

// The manager's clock is CLOCK_MONOTONIC, which the steady clock is on Linux.
void ServiceManager::reloading(base::TimePoint now) {
  send("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(microseconds(now)));
}

void ServiceManager::stopping(std::string_view status, base::Milliseconds at_most) {
  const auto limit = std::chrono::duration_cast<std::chrono::microseconds>(at_most).count();
  send("STOPPING=1\nEXTEND_TIMEOUT_USEC=" + std::to_string(limit) + "\n" + status_line(status));
}

void ServiceManager::status(std::string_view status) { send(status_line(status)); }

void ServiceManager::send(const std::string& text) {
  if (socket_ < 0) return;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, address_.data(), address_.size());
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size());
  // What is not taken is not worth waiting for.
  [[maybe_unused]] const ssize_t sent =
      ::sendto(socket_, text.data(), text.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&address), size);
}

}  // namespace signaling::server
