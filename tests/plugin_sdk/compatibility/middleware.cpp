// Gives every verdict that a middleware can give, in the headers of any minor version.

#include <string>

#include <signaling/plugin_api/basic_plugin.hpp>
#include <signaling/plugin_api/callbacks.hpp>
#include <signaling/plugin_api/json_build.hpp>
#include <signaling/plugin_api/json_slice.hpp>
#include <signaling/plugin_api/plugin_main.hpp>
#if SIGNALING_API_MINOR >= 1
#include <signaling/plugin_api/handshake_refusals.hpp>
#endif

namespace {

using namespace signaling::plugin_api;
using json::Pieces;

class Aged final : public BasicMiddleware {
 public:
  explicit Aged(Host& host) : host_(host) {}

  std::uint32_t hooks() const override { return hook_handshake | hook_connect | hook_event | hook_disconnect; }

  void on_handshake(const Handshake& handshake, Verdict& verdict) override {
    const std::string_view wish = handshake.query("handshake");
    if (wish == "refuse") return verdict.refuse("not today");
#if SIGNALING_API_MINOR >= 1
    if (wish == "busy") {
      auto* const refusals = static_cast<HandshakeRefusals*>(host_.query(HandshakeRefusals::interface_name));
      return refusals->refuse(verdict, {.status = 503, .message = "busy", .retry_after_seconds = 7});
    }
#endif
    verdict.pass();
  }

  void on_connect(Socket& socket, Verdict& verdict) override {
    if (json::boolean(json::find(socket.handshake().auth(), "refuse"))) return verdict.refuse("refused", R"({"code":"aged"})");
    socket.set_claims(R"({"sub":"aged"})");
    verdict.pass();
  }

  void on_event(Socket& socket, const Event& event, Verdict& verdict) override {
    if (event.name == "refuse") return verdict.refuse("no");
    if (event.name == "kick") return verdict.disconnect();
    if (event.name == "change") {
      verdict.replace(Pieces(R"(["echo","changed",)", socket.claims(), "]"));
    } else if (event.name == "later") {
      auto on_time = [&later = verdict.defer()] {
        later.replace(Pieces(R"(["echo","later"])"));
        later.pass();
      };
      host_.start_timer(5, make_task(on_time));
      return;
    }
    verdict.pass();
  }

  void on_disconnect(Socket&, std::string_view reason) override {
    host_.log(LogLevel::info, "middleware: gone: " + std::string(reason));
  }

 private:
  Host& host_;
};

}  // namespace

SIGNALING_PLUGIN(Aged, no_schema);
