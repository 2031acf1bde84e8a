// The smallest application there is.
#include <signaling/plugin_api/basic_plugin.hpp>
#include <signaling/plugin_api/plugin_main.hpp>

namespace {

using namespace signaling::plugin_api;

class Null final : public BasicApplication {
 public:
  void claim_namespaces(NamespaceClaims& claims) override { claims.claim("/null"); }
};

}  // namespace

SIGNALING_PLUGIN(Null, no_schema);
