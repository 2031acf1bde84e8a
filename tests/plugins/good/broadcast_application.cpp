// Sends every event to everybody in its namespace, under its own name; answers acknowledgements with the number of arguments'
// bytes; `ask` asks its sender for an acknowledgement and tells what came of it.
#include <string>
#include <string_view>

#include <signaling/plugin_api/basic_plugin.hpp>
#include <signaling/plugin_api/callbacks.hpp>
#include <signaling/plugin_api/plugin_main.hpp>

namespace {

using namespace signaling::plugin_api;

class Broadcast final : public BasicApplication {
 public:
  explicit Broadcast(Host& host) : host_(host) {}
  void claim_namespaces(NamespaceClaims& claims) override { claims.claim("/all"); }
  void on_event(Socket& socket, const Event& event) override {
    if (event.name == "ask") return ask(socket, event);
    host_.namespaces().emit({.namespace_name = "/all"}, {{&event.text, 1}, event.attachments});
    if (event.ack.wanted()) {
      const std::string_view text[] = {"[true]"};
      socket.reply(event.ack, {text});
    }
  }

 private:
  void ask(Socket& socket, const Event& event) {
    const auto tell = [this, id = std::string(socket.id())](std::string_view what) {
      Socket* const asker = host_.namespaces().find_local("/all", id);
      const std::string_view text[] = {R"(["answer",")", what, R"("])"};
      if (asker != nullptr) asker->emit({text});
    };
    const std::string_view text[] = {R"(["question",)", event.args, "]"};
    socket.emit_with_ack({text}, 300,
                         make_ack_handler([tell](std::string_view, std::span<const Bytes>) { tell("came"); },
                                          [tell](Status status) { tell(to_string(status)); }));
  }

  Host& host_;
};

}  // namespace

SIGNALING_PLUGIN(Broadcast, no_schema);
