#pragma once
// Acknowledgements of a broadcast: each loop gathers those of its sockets, the loop that asked joins the parts.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <signaling/base/clock.hpp>
#include <signaling/base/sid.hpp>
#include <signaling/plugin_api/namespaces.hpp>

#include "handler_ref.hpp"
#include "packet_encoder.hpp"

namespace signaling::socketio {

class LoopServer;
class Socket;

/// One answer, owned.
struct GatheredAnswer {
  base::Sid socket;
  std::string args;
  std::vector<std::string> attachments;
};

/// What one loop (or one node) reports.
struct GatheredPart {
  std::uint32_t expected = 0;
  std::vector<GatheredAnswer> answers;
  std::string missing_node;  ///< name of a node that did not report; empty where this is a report
};

/// Waits for the parts and tells the handler once, on the loop that asked. Every part comes: a loop gives up waiting for its
/// sockets at the deadline and reports what it has.
class AckGathering : public std::enable_shared_from_this<AckGathering> {
 public:
  /// @param away  the adapter is: nobody knows which other nodes there are
  AckGathering(LoopServer& origin, HandlerRef<plugin_api::BroadcastAckHandler> handler, std::size_t parts, bool away)
      : origin_(origin), handler_(std::move(handler)), parts_left_(parts), away_(away) {}
  /// Takes a part to the loop that asked; the last one tells the handler. On any loop.
  void report(GatheredPart&& part);

 private:
  void add(GatheredPart&& part);
  void finish();

  LoopServer& origin_;
  HandlerRef<plugin_api::BroadcastAckHandler> handler_;
  std::size_t parts_left_;
  bool away_;
  std::uint32_t expected_ = 0;
  std::vector<GatheredAnswer> answers_;
  std::vector<std::string> missing_nodes_;
};

/// Sends the packet to sockets of one loop and reports their answers once, on that loop, when all are in, or after `timeout`.
void gather_acks(LoopServer& loop, const std::vector<Socket*>& sockets, const EncodedPacket& packet, std::uint64_t ack_id,
                 base::Milliseconds timeout, bool is_volatile, std::function<void(GatheredPart&&)> report);

}  // namespace signaling::socketio
