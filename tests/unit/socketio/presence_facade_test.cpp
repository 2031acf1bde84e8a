#include "presence_facade.hpp"

#include "fixture.hpp"

namespace signaling::test {
namespace {

using namespace plugin_api;
using Strings = std::vector<std::string>;

class PresenceTest : public SocketioTest {};

TEST_F(PresenceTest, IsUnavailableWithoutAdapter) {
  make();
  Status told = Status::ok;
  server->presence("app").list("r", make_presence_handler([&](Status status, std::uint64_t, bool, auto) { told = status; }));
  EXPECT_EQ(told, Status::unavailable);
}

TEST(PresenceKey, KeepsPluginsApart) { EXPECT_EQ(socketio::presence_key("app", "r"), "app\nr"); }

}  // namespace
}  // namespace signaling::test
