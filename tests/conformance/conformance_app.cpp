// What the official Socket.IO v5 suite expects of a server's application: `auth` on connection, `message` sent back,
// `message-with-ack` acknowledged with its own arguments.

#include <string_view>

#include <signaling/plugin_api/basic_plugin.hpp>
#include <signaling/plugin_api/json_build.hpp>
#include <signaling/plugin_api/plugin_main.hpp>

namespace {

namespace api = signaling::plugin_api;
using api::json::Pieces;

class ConformanceApp final : public api::BasicApplication {
 public:
  void claim_namespaces(api::NamespaceClaims& claims) override {
    claims.claim("/");
    claims.claim("/custom");
  }

  void on_connect(api::Socket& socket) override { socket.emit(Pieces(R"(["auth",)", socket.handshake().auth(), "]")); }

  void on_event(api::Socket& socket, const api::Event& event) override {
    if (event.name == "message") {
      const std::string_view comma = event.args.empty() ? "" : ",";
      socket.emit(Pieces(R"(["message-back")", comma, event.args, "]").payload(event.attachments));
    } else if (event.name == "message-with-ack") {
      socket.reply(event.ack, Pieces("[", event.args, "]").payload(event.attachments));
    }
  }
};

}  // namespace

SIGNALING_PLUGIN(ConformanceApp, signaling::plugin_api::no_schema);
