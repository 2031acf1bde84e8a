// Needs a library that is not where the dynamic linker looks.
#include <signaling/plugin_api/basic_plugin.hpp>
#include <signaling/plugin_api/plugin_main.hpp>

extern "C" void signaling_test_function_of_a_lost_library();

namespace {

using namespace signaling::plugin_api;

class Broken final : public BasicApplication {
 public:
  void claim_namespaces(NamespaceClaims&) override { signaling_test_function_of_a_lost_library(); }
};

}  // namespace

SIGNALING_PLUGIN(Broken, no_schema);
