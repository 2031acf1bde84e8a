// Defers every handshake, and never decides.

#include <signaling/plugin_api/basic_plugin.hpp>
#include <signaling/plugin_api/plugin_main.hpp>

namespace {

using namespace signaling::plugin_api;

class Silent final : public BasicMiddleware {
 public:
  std::uint32_t hooks() const override { return hook_handshake; }
  void on_handshake(const Handshake&, Verdict& verdict) override { verdict.defer(); }
};

}  // namespace

SIGNALING_PLUGIN(Silent, no_schema);
