#include <support/fake_exchange.hpp>

#include <gtest/gtest.h>

#include <signaling/base/sid.hpp>
#include <signaling/server/session_router.hpp>

namespace signaling::server {
namespace {

constexpr std::array<std::uint8_t, 3> tag{1, 2, 3};

class SessionRouterTest : public ::testing::Test {
 protected:
  std::uint32_t loop_for(const std::string& target, std::uint32_t loops = 4) {
    const SessionRouter router("/socket.io/", base::node_tag_text(tag), loops);
    return router.loop_for(test::FakeExchange("GET", target).request(), 1);
  }
  std::string target(std::array<std::uint8_t, 3> node, std::uint8_t loop) {
    return "/socket.io/?EIO=4&transport=polling&sid=" + std::string(base::SidSource(node, loop).next().view());
  }
};

TEST_F(SessionRouterTest, SendsARequestToTheLoopOfItsSession) {
  for (std::uint8_t loop = 0; loop < 4; ++loop) EXPECT_EQ(loop_for(target(tag, loop)), loop);
}

TEST_F(SessionRouterTest, LeavesEverythingElseWhereItIs) {
  EXPECT_EQ(loop_for("/socket.io/?EIO=4&transport=polling"), 1u);
  EXPECT_EQ(loop_for("/socket.io/?sid=nobody"), 1u);
  EXPECT_EQ(loop_for("/socket.io/?sid="), 1u);
  EXPECT_EQ(loop_for(target({9, 9, 9}, 3)), 1u);  // another node's
  EXPECT_EQ(loop_for(target(tag, 200)), 1u);      // no such loop
  EXPECT_EQ(loop_for("/page" + target(tag, 3)), 1u);
}

}  // namespace
}  // namespace signaling::server
