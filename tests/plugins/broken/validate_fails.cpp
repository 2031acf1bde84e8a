// Finds more wrong with its table than a schema can say.
#include <signaling/plugin_api/basic_plugin.hpp>
#include <signaling/plugin_api/plugin_main.hpp>

namespace {

using namespace signaling::plugin_api;

constexpr ConfigKey schema[] = {
    {"url", KeyType::string, "\"http://\"", 0, 0, nullptr, false, false, false, "where to go"},
};

class Broken final : public BasicApplication {
 public:
  void validate(const ConfigView&, Problems& problems) override {
    problems.add("url", "has no host");
    problems.add("", "needs a certificate or a secret");
  }
  void claim_namespaces(NamespaceClaims&) override {}
};

}  // namespace

SIGNALING_PLUGIN(Broken, schema);
