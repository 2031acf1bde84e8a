#include "target_work.hpp"

#include <string>

namespace signaling::socketio {

using plugin_api::Target;

std::vector<Socket*> select(NamespaceShard* shard, const Target& target) {
  std::vector<Socket*> sockets;
  if (shard == nullptr) return sockets;
  shard->visit(target, [&](Socket& socket, const Room*, std::uint64_t mark) {
    if (target.before_mark != 0 && mark >= target.before_mark) return;
    if (socket.is_connected()) sockets.push_back(&socket);
  });
  return sockets;
}

void disconnect_sockets(LoopServer& loop, NamespaceShard* shard, const Target& target, bool close) {
  if (shard == nullptr) return;
  // By id: ending one may end others of the same client.
  std::vector<base::Sid> ids;
  for (const Socket* socket : select(shard, target)) ids.push_back(socket->sid());
  const std::string name = shard->name();
  for (const base::Sid& id : ids) {
    NamespaceShard* again = loop.find_shard(name);
    Socket* socket = again != nullptr ? again->find(id.view()) : nullptr;
    if (socket != nullptr) socket->disconnect(close);
  }
}

}  // namespace signaling::socketio
