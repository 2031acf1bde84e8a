// Calls a function that nobody has; linked so that nothing complains before it is loaded.
#include <signaling/plugin_api/basic_plugin.hpp>
#include <signaling/plugin_api/plugin_main.hpp>

extern "C" void signaling_test_function_that_nobody_has();

namespace {

using namespace signaling::plugin_api;

class Broken final : public BasicApplication {
 public:
  void claim_namespaces(NamespaceClaims&) override { signaling_test_function_that_nobody_has(); }
};

}  // namespace

SIGNALING_PLUGIN(Broken, no_schema);
