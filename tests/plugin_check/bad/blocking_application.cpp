// Blocks its loop over long arguments, and dies of attachments.

#include <chrono>
#include <cstdlib>
#include <thread>

#include <signaling/plugin_api/basic_plugin.hpp>
#include <signaling/plugin_api/plugin_main.hpp>

namespace {

using namespace signaling::plugin_api;

class Blocking final : public BasicApplication {
 public:
  void claim_namespaces(NamespaceClaims& claims) override { claims.claim("/"); }
  void on_event(Socket&, const Event& event) override {
    if (event.name != "message") return;
    if (event.attachments.size() == 10) std::abort();
    if (event.args.size() > 100'000) std::this_thread::sleep_for(std::chrono::milliseconds(1'200));
  }
};

}  // namespace

SIGNALING_PLUGIN(Blocking, no_schema);
