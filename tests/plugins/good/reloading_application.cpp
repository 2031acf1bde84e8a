// Takes `value` on reload and logs it; refuses where `refuses`, throws where `throws`. `fixed` never changes while it runs.
#include <stdexcept>
#include <string>

#include <signaling/plugin_api/basic_plugin.hpp>
#include <signaling/plugin_api/host.hpp>
#include <signaling/plugin_api/plugin_main.hpp>

namespace {

using namespace signaling::plugin_api;

constexpr ConfigKey schema[] = {
    {"value", KeyType::integer, "1", 0, 100, nullptr, true, false, false, "A value."},
    {"fixed", KeyType::integer, "1", 0, 100, nullptr, false, false, false, "At least `value` less 50."},
    {"refuses", KeyType::boolean, "false", 0, 0, nullptr, true, false, false, "Refuses to reload."},
    {"throws", KeyType::boolean, "false", 0, 0, nullptr, true, false, false, "Throws on reload."},
};

class Reloading final : public BasicApplication {
 public:
  explicit Reloading(Host& host) : host_(host) {}
  void validate(const ConfigView& config, Problems& problems) override {
    if (config.integer("value") > config.integer("fixed") + 50) problems.add("value", "is too far from fixed");
  }
  void reload(const ConfigView& config, Problems& problems) override {
    if (config.boolean("throws")) throw std::runtime_error("thrown by reload");
    if (config.boolean("refuses")) return problems.add("refuses", "as it was told");
    host_.log(LogLevel::info,
              "value " + std::to_string(config.integer("value")) + ", fixed " + std::to_string(config.integer("fixed")));
  }
  void claim_namespaces(NamespaceClaims&) override {}

 private:
  Host& host_;
};

}  // namespace

SIGNALING_PLUGIN(Reloading, schema);
