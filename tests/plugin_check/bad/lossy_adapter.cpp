// An adapter whose presence forgets, and whose handlers are never called for a list.

#include <cstdint>
#include <string_view>
#include <support/idle_adapter.hpp>

#include <signaling/plugin_api/plugin_main.hpp>

namespace {

using namespace signaling::plugin_api;

class Lossy final : public signaling::test::IdleAdapter {
 public:
  void presence_put(std::string_view, std::string_view, std::string_view, std::uint32_t, PresenceHandler& handler) override {
    handler.on_presence(Status::ok, ++mark_, false, {});
    handler.release();
  }
  void presence_remove(std::string_view, std::string_view, PresenceHandler& handler) override {
    handler.on_presence(Status::ok, ++mark_, false, {});
    handler.release();
  }
  void presence_list(std::string_view, PresenceHandler& handler) override { handler.release(); }

 private:
  std::uint64_t mark_ = 0;
};

}  // namespace

SIGNALING_PLUGIN(Lossy, no_schema);
