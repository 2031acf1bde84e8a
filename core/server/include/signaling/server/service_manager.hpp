#pragma once
// Tells the service manager (systemd, Type=notify or notify-reload) how the node is.

#include <string>
#include <string_view>

#include <signaling/base/clock.hpp>

namespace signaling::server {

/// Sends datagrams to the AF_UNIX socket that `NOTIFY_SOCKET` names: an absolute path, or `@name` in the abstract namespace.
/// Without one, and where nobody listens, nothing happens. Never blocks. One thread. Source: sd_notify(3).
class ServiceManager {
 public:
  /// @param socket  value of NOTIFY_SOCKET; empty: nobody is told
  explicit ServiceManager(std::string_view socket);
  ~ServiceManager();
  ServiceManager(const ServiceManager&) = delete;
  ServiceManager& operator=(const ServiceManager&) = delete;

  void ready(std::string_view status);
  /// `ready` follows, whatever becomes of it.
  void reloading(base::TimePoint now);
  /// @param at_most  how long the end may take from now on: the manager's own time limit is extended to it
  void stopping(std::string_view status, base::Milliseconds at_most);
  /// One line for `systemctl status`.
  void status(std::string_view status);

 private:
  void send(const std::string& text);

  std::string address_;  ///< as in sockaddr_un::sun_path; empty: none
  int socket_ = -1;
};

}  // namespace signaling::server
