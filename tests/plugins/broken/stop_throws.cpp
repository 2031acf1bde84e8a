// Starts well, and throws when it is stopped.
#include <stdexcept>

#include <signaling/plugin_api/basic_plugin.hpp>
#include <signaling/plugin_api/plugin_main.hpp>

namespace {

using namespace signaling::plugin_api;

class Broken final : public BasicApplication {
 public:
  void stop() override { throw std::logic_error("cannot let go"); }
  void claim_namespaces(NamespaceClaims&) override {}
};

}  // namespace

SIGNALING_PLUGIN(Broken, no_schema);
