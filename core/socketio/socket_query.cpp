#include "socket_query.hpp"

#include "loop_server.hpp"
#include "socket.hpp"

namespace signaling::socketio {
namespace {

class RoomNames final : public plugin_api::TextVisitor {
 public:
  explicit RoomNames(std::vector<std::string>& names) : names_(names) {}
  bool on_text(std::string_view text) override {
    names_.emplace_back(text);
    return true;
  }

 private:
  std::vector<std::string>& names_;
};

}  // namespace

QueryPart look_at(const std::vector<Socket*>& sockets, plugin_api::Projection projection, std::string_view node_name) {
  QueryPart part;
  part.count = sockets.size();
  if (projection == plugin_api::Projection::count) return part;
  for (const Socket* socket : sockets) {
    FoundSocket& found = part.sockets.emplace_back();
    found.id = socket->id();
    found.node = node_name;
    if (projection == plugin_api::Projection::ids) continue;
    socket->append_handshake_json(found.handshake);
    found.data = socket->data();
    RoomNames names(found.rooms);
    socket->visit_rooms(names);
  }
  return part;
}

void SocketQuery::report(QueryPart&& part) {
  if (origin_.event_loop().is_current()) return add(std::move(part));
  origin_.event_loop().post(
      [self = shared_from_this(), moved = std::make_unique<QueryPart>(std::move(part))] { self->add(std::move(*moved)); });
}

void SocketQuery::add(QueryPart&& part) {
  total_.count += part.count;
  for (FoundSocket& socket : part.sockets) total_.sockets.push_back(std::move(socket));
  if (!part.missing_node.empty()) missing_nodes_.push_back(std::move(part.missing_node));
  if (--parts_left_ > 0) return;
  std::vector<std::vector<std::string_view>> rooms(total_.sockets.size());
  std::vector<plugin_api::SocketInfo> infos;
  infos.reserve(total_.sockets.size());
  for (std::size_t i = 0; i < total_.sockets.size(); ++i) {
    const FoundSocket& socket = total_.sockets[i];
    rooms[i].assign(socket.rooms.begin(), socket.rooms.end());
    infos.push_back({socket.id, socket.node, socket.handshake, socket.data, rooms[i]});
  }
  const std::vector<std::string_view> missing(missing_nodes_.begin(), missing_nodes_.end());
  const plugin_api::Status status = away_             ? plugin_api::Status::unavailable
                                    : missing.empty() ? plugin_api::Status::ok
                                                      : plugin_api::Status::timeout;
  origin_.call_handler(*handler_, [&] { handler_->on_result(status, total_.count, infos, missing); });
}

}  // namespace signaling::socketio
