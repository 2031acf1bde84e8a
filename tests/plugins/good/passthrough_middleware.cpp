// Sees everything and lets it pass.
#include <signaling/plugin_api/basic_plugin.hpp>
#include <signaling/plugin_api/plugin_main.hpp>

namespace {

using namespace signaling::plugin_api;

class Passthrough final : public BasicMiddleware {
 public:
  std::uint32_t hooks() const override { return hook_handshake | hook_connect | hook_event | hook_disconnect; }
};

}  // namespace

SIGNALING_PLUGIN(Passthrough, no_schema);
