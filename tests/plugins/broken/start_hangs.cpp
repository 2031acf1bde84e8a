// Its start never comes back.
#include <chrono>
#include <thread>

#include <signaling/plugin_api/basic_plugin.hpp>
#include <signaling/plugin_api/plugin_main.hpp>

namespace {

using namespace signaling::plugin_api;

class Broken final : public BasicApplication {
 public:
  void start(const ConfigView&, Problems&) override { std::this_thread::sleep_for(std::chrono::hours(1)); }
  void claim_namespaces(NamespaceClaims&) override {}
};

}  // namespace

SIGNALING_PLUGIN(Broken, no_schema);
