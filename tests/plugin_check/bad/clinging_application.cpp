// Answers twice, answers those who want no answer, and talks to a socket by a timer after it has left.

#include <signaling/plugin_api/basic_plugin.hpp>
#include <signaling/plugin_api/callbacks.hpp>
#include <signaling/plugin_api/plugin_main.hpp>

namespace {

using namespace signaling::plugin_api;

class Clinging final : public BasicApplication {
 public:
  explicit Clinging(Host& host) : host_(host) {}

  void claim_namespaces(NamespaceClaims& claims) override { claims.claim("/"); }
  void on_event(Socket& socket, const Event& event) override {
    const std::string_view answer[] = {"[]"};
    socket.reply(event.ack, {answer});
    if (event.name == "message") socket.reply(event.ack, {answer});
    host_.start_timer(1'000, make_task([&socket] {
                        const std::string_view text[] = {R"(["late"])"};
                        socket.emit({text});
                      }));
  }

 private:
  Host& host_;
};

}  // namespace

SIGNALING_PLUGIN(Clinging, no_schema);
