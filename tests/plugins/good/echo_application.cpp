// Sends every event back to its socket, as `echo`, and answers acknowledgements with what came.
#include <string_view>

#include <signaling/plugin_api/basic_plugin.hpp>
#include <signaling/plugin_api/plugin_main.hpp>

namespace {

using namespace signaling::plugin_api;

constexpr ConfigKey schema[] = {
    {"namespace", KeyType::string, "\"/echo\"", 1, 64, nullptr, false, false, false, "namespace that is served"},
    {"delay", KeyType::duration, "\"0s\"", 0, 60'000, nullptr, false, false, false, "never used"},
    {"tags", KeyType::string_list, "[]", 0, 4, "a|b", false, false, false, "never used"},
};

class Echo final : public BasicApplication {
 public:
  void start(const ConfigView& config, Problems&) override { namespace_ = config.string("namespace"); }
  void claim_namespaces(NamespaceClaims& claims) override { claims.claim(namespace_); }
  void on_event(Socket& socket, const Event& event) override {
    if (event.ack.wanted()) {
      const std::string_view pieces[] = {"[", event.args, "]"};
      socket.reply(event.ack, {pieces, event.attachments});
    } else {
      const std::string_view pieces[] = {"[\"echo\"", event.args.empty() ? "" : ",", event.args, "]"};
      socket.emit({pieces, event.attachments});
    }
  }

 private:
  std::string_view namespace_;
};

}  // namespace

SIGNALING_PLUGIN(Echo, schema);
