// Its schema contradicts itself: defaults of another type and outside of what is allowed.
#include <signaling/plugin_api/basic_plugin.hpp>
#include <signaling/plugin_api/plugin_main.hpp>

namespace {

using namespace signaling::plugin_api;

constexpr ConfigKey schema[] = {
    {"size", KeyType::integer, "\"large\"", 1, 10, nullptr, false, false, false, "a number"},
    {"mode", KeyType::string, "\"c\"", 0, 0, "a|b", false, false, false, "a word"},
};

class Broken final : public BasicApplication {
 public:
  void claim_namespaces(NamespaceClaims&) override {}
};

}  // namespace

SIGNALING_PLUGIN(Broken, schema);
