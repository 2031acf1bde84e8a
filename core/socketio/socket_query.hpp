#pragma once
// A query over sockets: each loop looks at its own, the loop that asked joins the parts.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <signaling/plugin_api/namespaces.hpp>

#include "handler_ref.hpp"

namespace signaling::socketio {

class LoopServer;
class Socket;

/// One socket, owned; which parts are filled depends on the projection.
struct FoundSocket {
  std::string id;
  std::string node;
  std::string handshake;
  std::string data;
  std::vector<std::string> rooms;
};

struct QueryPart {
  std::uint64_t count = 0;
  std::vector<FoundSocket> sockets;
  std::string missing_node;  ///< name of a node that did not answer; empty where this is an answer
};

/// What a query wants to know about these sockets of the calling loop.
QueryPart look_at(const std::vector<Socket*>& sockets, plugin_api::Projection projection, std::string_view node_name);

class SocketQuery : public std::enable_shared_from_this<SocketQuery> {
 public:
  /// @param away  the adapter is: nobody knows which other nodes there are
  SocketQuery(LoopServer& origin, HandlerRef<plugin_api::QueryHandler> handler, std::size_t parts, bool away)
      : origin_(origin), handler_(std::move(handler)), parts_left_(parts), away_(away) {}

  /// Takes a part to the loop that asked; the last one tells the handler. On any loop.
  void report(QueryPart&& part);

 private:
  void add(QueryPart&& part);

  LoopServer& origin_;
  HandlerRef<plugin_api::QueryHandler> handler_;
  std::size_t parts_left_;
  bool away_;
  QueryPart total_;
  std::vector<std::string> missing_nodes_;
};

}  // namespace signaling::socketio
