// Returns from its hook with neither a verdict nor `defer`, for events without arguments.

#include <signaling/plugin_api/basic_plugin.hpp>
#include <signaling/plugin_api/plugin_main.hpp>

namespace {

using namespace signaling::plugin_api;

class Forgetful final : public BasicMiddleware {
 public:
  std::uint32_t hooks() const override { return hook_event; }
  void on_event(Socket&, const Event& event, Verdict& verdict) override {
    if (!event.args.empty()) verdict.pass();
  }
};

}  // namespace

SIGNALING_PLUGIN(Forgetful, no_schema);
