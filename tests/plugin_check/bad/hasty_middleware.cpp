// Refuses, and then passes.

#include <signaling/plugin_api/basic_plugin.hpp>
#include <signaling/plugin_api/plugin_main.hpp>

namespace {

using namespace signaling::plugin_api;

class Hasty final : public BasicMiddleware {
 public:
  std::uint32_t hooks() const override { return hook_connect; }
  void on_connect(Socket& socket, Verdict& verdict) override {
    if (socket.handshake().auth() == "{}") verdict.refuse("who are you?", "no JSON");
    verdict.pass();
  }
};

}  // namespace

SIGNALING_PLUGIN(Hasty, no_schema);
