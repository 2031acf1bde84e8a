// Its start throws.
#include <stdexcept>

#include <signaling/plugin_api/basic_plugin.hpp>
#include <signaling/plugin_api/plugin_main.hpp>

namespace {

using namespace signaling::plugin_api;

class Broken final : public BasicApplication {
 public:
  void start(const ConfigView&, Problems&) override { throw std::runtime_error("the moon is full"); }
  void claim_namespaces(NamespaceClaims&) override {}
};

}  // namespace

SIGNALING_PLUGIN(Broken, no_schema);
