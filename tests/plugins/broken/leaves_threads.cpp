// Its threads run on after stop: one of `start`, and one for each socket.
#include <chrono>
#include <thread>

#include <signaling/plugin_api/basic_plugin.hpp>
#include <signaling/plugin_api/plugin_main.hpp>

namespace {

using namespace signaling::plugin_api;

class LeavesThreads final : public BasicApplication {
 public:
  void start(const ConfigView&, Problems&) override { leave_a_thread(); }
  void on_connect(Socket&) override { leave_a_thread(); }
  void claim_namespaces(NamespaceClaims& claims) override { claims.claim("/leaves"); }

 private:
  static void leave_a_thread() {
    std::thread([] { std::this_thread::sleep_for(std::chrono::hours(1)); }).detach();
  }
};

}  // namespace

SIGNALING_PLUGIN(LeavesThreads, no_schema);
