#pragma once
// The requests that several nodes answer: queries, gathered acknowledgements, server-side events.

#include <memory>
#include <string>
#include <vector>

#include "ack_gathering.hpp"
#include "node_requests.hpp"
#include "socket_query.hpp"

namespace signaling::socketio::cluster {

/// What follows the head of an answer, added to what the node has answered before. Throws as Reader does.
void read_part(Reader& reader, QueryPart& part);
void read_part(Reader& reader, GatheredPart& part);

/// Hands one part per node to `Whole`, which joins them with those of this node's loops.
template <class Whole, class Part, Kind kind>
class PartsRequest final : public NodeRequest {
 public:
  PartsRequest(std::shared_ptr<Whole> whole, std::size_t nodes) : whole_(std::move(whole)), parts_(nodes) {}

 private:
  void take(std::size_t node, Reader& reader) override { read_part(reader, parts_[node]); }
  void finish(std::size_t node, const std::string& name, bool is_missing) override {
    if (is_missing) parts_[node].missing_node = name;
    whole_->report(std::move(parts_[node]));
  }
  Kind answer_kind() const noexcept override { return kind; }

  std::shared_ptr<Whole> whole_;
  std::vector<Part> parts_;
};

using QueryRequest = PartsRequest<SocketQuery, QueryPart, Kind::found>;
using GatherRequest = PartsRequest<AckGathering, GatheredPart, Kind::gathered>;

class ServerEventRequest final : public NodeRequest {
 public:
  ServerEventRequest(LoopServer& loop, HandlerRef<plugin_api::ServerAnswersHandler> handler, std::size_t nodes, bool away)
      : loop_(loop), handler_(std::move(handler)), answers_(nodes), away_(away) {}

 private:
  struct Answer {
    std::string node;
    std::string args;
    std::vector<std::string> attachments;
    bool is_given = false;
  };
  void take(std::size_t node, Reader& reader) override;
  void finish(std::size_t node, const std::string& name, bool is_missing) override;
  void finish_all() override;
  Kind answer_kind() const noexcept override { return Kind::server_answer; }

  LoopServer& loop_;
  HandlerRef<plugin_api::ServerAnswersHandler> handler_;
  std::vector<Answer> answers_;
  std::vector<std::string> missing_;
  bool away_;
};

/// The other side: what one loop has found or gathered, in one or more messages to the node that asked.
void send_found(Outlet& outlet, std::string_view to_tag, std::uint64_t request, std::uint16_t parts, const QueryPart& part);
void send_gathered(Outlet& outlet, std::string_view to_tag, std::uint64_t request, std::uint16_t parts,
                   const GatheredPart& part);

}  // namespace signaling::socketio::cluster
