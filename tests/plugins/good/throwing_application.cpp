// Throws from whichever call its client names, and does its work in all others: the server must survive each.
#include <stdexcept>
#include <string>

#include <signaling/plugin_api/basic_plugin.hpp>
#include <signaling/plugin_api/callbacks.hpp>
#include <signaling/plugin_api/plugin_main.hpp>

namespace {

using namespace signaling::plugin_api;

class Throwing final : public BasicApplication {
 public:
  explicit Throwing(Host& host)
      : host_(host), events_(host.metric(MetricKind::counter, "events_total", "Events that came in.", {})) {}

  void claim_namespaces(NamespaceClaims& claims) override {
    claims.claim("/throwing");
    claims.claim("/throwing-*");
  }

  void on_connect(Socket& socket) override {
    if (socket.namespace_name() == "/throwing-connect") throw std::runtime_error("thrown in connect");
  }

  void on_event(Socket& socket, const Event& event) override {
    events_.add(1);
    if (event.name == "throw") throw std::runtime_error("thrown in event");
    if (event.name == "throw number") throw 42;
    if (event.name == "throw later") {
      host_.post(host_.current_loop(), make_task([] { throw std::runtime_error("thrown in task"); }));
      host_.start_timer(1, make_task([] { throw std::runtime_error("thrown in timer"); }));
    }
    if (event.ack.wanted()) {
      const std::string_view pieces[] = {"[\"done\"]"};
      socket.reply(event.ack, {pieces});
    }
  }

  void on_disconnect(Socket& socket, std::string_view) override {
    if (socket.namespace_name() == "/throwing-disconnect") throw std::runtime_error("thrown in disconnect");
  }

 private:
  Host& host_;
  Metric& events_;
};

}  // namespace

SIGNALING_PLUGIN(Throwing, no_schema);
