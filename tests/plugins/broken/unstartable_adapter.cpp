// An adapter that cannot start.
#include <support/idle_adapter.hpp>

#include <signaling/plugin_api/plugin_main.hpp>

namespace {

using namespace signaling::plugin_api;

class Unstartable final : public signaling::test::IdleAdapter {
 public:
  void start(const ConfigView&, Problems& problems) override { problems.add("url", "nobody answers"); }
};

}  // namespace

SIGNALING_PLUGIN(Unstartable, no_schema);
