// Starts well, and throws in the hook for events: the server must survive it and refuse the event.
#include <stdexcept>

#include <signaling/plugin_api/basic_plugin.hpp>
#include <signaling/plugin_api/plugin_main.hpp>

namespace {

using namespace signaling::plugin_api;

class Throwing final : public BasicMiddleware {
 public:
  std::uint32_t hooks() const override { return hook_event; }
  void on_event(Socket&, const Event&, Verdict&) override { throw std::runtime_error("not my day"); }
};

}  // namespace

SIGNALING_PLUGIN(Throwing, no_schema);
