// Leaves a thread and a file descriptor behind in each life.

#include <chrono>
#include <fcntl.h>
#include <thread>

#include <signaling/plugin_api/basic_plugin.hpp>
#include <signaling/plugin_api/plugin_main.hpp>

namespace {

using namespace signaling::plugin_api;

class Leaking final : public BasicApplication {
 public:
  void start(const ConfigView&, Problems&) override {
    static_cast<void>(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    std::thread([] { std::this_thread::sleep_for(std::chrono::hours(1)); }).detach();
  }
  void claim_namespaces(NamespaceClaims& claims) override { claims.claim("/"); }
};

}  // namespace

SIGNALING_PLUGIN(Leaking, no_schema);
