// Reports why it cannot start.
#include <signaling/plugin_api/basic_plugin.hpp>
#include <signaling/plugin_api/plugin_main.hpp>

namespace {

using namespace signaling::plugin_api;

class Broken final : public BasicApplication {
 public:
  void start(const ConfigView&, Problems& problems) override {
    problems.add("url", "connection refused");
    problems.add("", "gave up after 3 attempts");
  }
  void claim_namespaces(NamespaceClaims&) override {}
};

}  // namespace

SIGNALING_PLUGIN(Broken, no_schema);
