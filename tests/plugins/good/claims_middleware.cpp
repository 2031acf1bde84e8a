// Takes what a client says of itself (`auth`) for its verified claims: a stand-in for a middleware that authenticates.
#include <signaling/plugin_api/basic_plugin.hpp>
#include <signaling/plugin_api/plugin_main.hpp>

namespace {

using namespace signaling::plugin_api;

class Claims final : public BasicMiddleware {
 public:
  std::uint32_t hooks() const override { return hook_connect; }
  void on_connect(Socket& socket, Verdict& verdict) override {
    socket.set_claims(socket.handshake().auth());
    verdict.pass();
  }
};

}  // namespace

SIGNALING_PLUGIN(Claims, no_schema);
