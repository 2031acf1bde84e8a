#pragma once
// One listening socket on one loop.

#include <signaling/base/timer_queue.hpp>
#include <signaling/net/loop.hpp>
#include <signaling/net/options.hpp>

#include "file_descriptor.hpp"

namespace signaling::net {

class Worker;

/// Binds and listens. `port` 0: the kernel chooses. @throws std::system_error whose text names address and port.
/// @param shares SO_REUSEPORT, so that every loop has a listener of its own.
FileDescriptor listen_on(const ListenEndpoint& endpoint, std::uint16_t port, int backlog, bool shares);
/// Throws the same where another program listens there: sharing sockets alone would not tell, and each would get a part of the
/// connections.
void check_port_is_free(const ListenEndpoint& endpoint);
std::uint16_t bound_port(int socket);

class Listener final : private IoHandler, private base::Timer {
 public:
  Listener(Worker& worker, FileDescriptor socket, std::size_t endpoint);
  void close();

 private:
  void on_io(std::uint32_t events) override;
  void on_timer(base::TimePoint now) override;
  void accept_batch();
  /// Takes one connection. @return false where there is none, or accepting has to pause.
  bool accept_one();
  void out_of_files();

  Worker& worker_;
  FileDescriptor socket_;
  FileDescriptor reserve_;  ///< given up to accept, and so refuse, a connection when no descriptor is left
  std::size_t endpoint_;
};

}  // namespace signaling::net
