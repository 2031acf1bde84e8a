// Claims a namespace twice, and one that cannot be.

#include <signaling/plugin_api/basic_plugin.hpp>
#include <signaling/plugin_api/plugin_main.hpp>

namespace {

using namespace signaling::plugin_api;

class Overlapping final : public BasicApplication {
 public:
  void claim_namespaces(NamespaceClaims& claims) override {
    claims.claim("/twice");
    claims.claim("/twice");
    claims.claim("no slash");
  }
};

}  // namespace

SIGNALING_PLUGIN(Overlapping, no_schema);
