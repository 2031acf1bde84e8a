// Works, and exports a function of its own, which another plugin's of that name might meet.

#include <signaling/plugin_api/basic_plugin.hpp>
#include <signaling/plugin_api/plugin_main.hpp>

namespace {

using namespace signaling::plugin_api;

class Exporting final : public BasicApplication {
 public:
  void claim_namespaces(NamespaceClaims& claims) override { claims.claim("/"); }
};

}  // namespace

namespace elsewhere {
[[gnu::visibility("default")]] int answer() { return 42; }
}  // namespace elsewhere

SIGNALING_PLUGIN(Exporting, no_schema);
