// Its thread runs on after stop.
#include <chrono>
#include <thread>

#include <signaling/plugin_api/basic_plugin.hpp>
#include <signaling/plugin_api/plugin_main.hpp>

namespace {

using namespace signaling::plugin_api;

class LeavesThreads final : public BasicApplication {
 public:
  void start(const ConfigView&, Problems&) override {
    std::thread([] { std::this_thread::sleep_for(std::chrono::hours(1)); }).detach();
  }
  void claim_namespaces(NamespaceClaims& claims) override { claims.claim("/leaves"); }
};

}  // namespace

SIGNALING_PLUGIN(LeavesThreads, no_schema);
