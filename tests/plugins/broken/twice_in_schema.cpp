// Its schema names a key twice, and one that is the server's own.
#include <signaling/plugin_api/basic_plugin.hpp>
#include <signaling/plugin_api/plugin_main.hpp>

namespace {

using namespace signaling::plugin_api;

constexpr ConfigKey schema[] = {
    {"size", KeyType::integer, "1", 0, 0, nullptr, false, false, false, "a number"},
    {"size", KeyType::integer, "2", 0, 0, nullptr, false, false, false, "a number"},
    {"required", KeyType::boolean, "true", 0, 0, nullptr, false, false, false, "the server's own"},
};

class Broken final : public BasicApplication {
 public:
  void claim_namespaces(NamespaceClaims&) override {}
};

}  // namespace

SIGNALING_PLUGIN(Broken, schema);
