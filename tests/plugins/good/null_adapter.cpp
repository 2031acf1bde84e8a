// An adapter that reaches nobody.
#include <support/idle_adapter.hpp>

#include <signaling/plugin_api/plugin_main.hpp>

namespace {

class Null final : public signaling::test::IdleAdapter {};

}  // namespace

SIGNALING_PLUGIN(Null, signaling::plugin_api::no_schema);
