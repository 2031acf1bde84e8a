#include "replies.hpp"

#include <signaling/plugin_api/json_build.hpp>

#include "loop.hpp"

namespace signaling::webrtc_signaling {

using plugin_api::json::Pieces;

void acknowledge(plugin_api::Socket& socket, plugin_api::AckToken ack) {
  if (ack.wanted()) socket.reply(ack, Pieces(R"([{"ok":true}])"));
}

void refuse(Loop& loop, plugin_api::Socket& socket, plugin_api::AckToken ack, const Refusal& refusal) {
  loop.metrics.refused[static_cast<std::size_t>(refusal.code)]->add(1);
  if (!ack.wanted()) return;
  socket.reply(ack, Pieces(R"([{"ok":false,"error":{"code":")", to_string(refusal.code), R"(","message":")", refusal.message,
                           R"("}}])"));
}

}  // namespace signaling::webrtc_signaling
