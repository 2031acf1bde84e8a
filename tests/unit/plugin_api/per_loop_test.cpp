#include <stdexcept>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signaling/plugin_api/per_loop.hpp>
#include <signaling/test_kit/fake_host.hpp>

namespace signaling::plugin_api {
namespace {

using ::testing::ElementsAre;

struct Fixed {
  explicit Fixed(std::uint32_t of_loop) : loop(of_loop) {}
  Fixed(const Fixed&) = delete;
  Fixed& operator=(const Fixed&) = delete;
  std::uint32_t loop;
  int calls = 0;
};

TEST(PerLoop, HasOneForEachLoopThatStaysWhereItIs) {
  testing::FakeHost host("node", 3);
  PerLoop<Fixed> state(host, [](std::uint32_t loop) { return Fixed(loop); });
  ASSERT_EQ(state.size(), 3U);
  const Fixed* before = &state.at(2);
  const PerLoop<Fixed> moved = std::move(state);
  EXPECT_EQ(&moved.at(2), before);
  EXPECT_EQ(moved.at(1).loop, 1U);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(before) % 64, 0U) << "a cache line of its own";
}

TEST(PerLoop, GivesThatOfTheCallingLoop) {
  testing::FakeHost host("node", 2);
  const PerLoop<Fixed> state(host, [](std::uint32_t loop) { return Fixed(loop); });
  host.set_current_loop(1);
  EXPECT_EQ(state.here().loop, 1U);
  host.set_current_loop(2);
  EXPECT_THROW(state.here(), std::logic_error) << "on a thread that is no loop";
  EXPECT_THROW(PerLoop<int>().here(), std::logic_error);
}

TEST(PerLoop, IsReachedFromElsewhereByPosts) {
  testing::FakeHost host("node", 2);
  const PerLoop<Fixed> state(host, [](std::uint32_t loop) { return Fixed(loop); });
  std::vector<std::string> calls;
  state.on_each([&](Fixed& each) {
    ++each.calls;
    calls.push_back(std::to_string(each.loop) + " on " + std::to_string(host.current_loop()));
  });
  state.on(1, [](Fixed& that) { that.calls += 10; });
  EXPECT_EQ(state.at(0).calls, 0) << "not at once";
  host.run_posted();
  EXPECT_THAT(calls, ElementsAre("0 on 0", "1 on 1"));
  EXPECT_EQ(state.at(0).calls, 1);
  EXPECT_EQ(state.at(1).calls, 11);
  state.visit([](Fixed& each) { each.calls = 0; });
  EXPECT_EQ(state.at(1).calls, 0);
}

TEST(PostToEachLoop, TellsTheLoopWhereItIsAsked) {
  testing::FakeHost host("node", 2);
  std::vector<std::uint32_t> loops;
  int calls = 0;
  post_to_each_loop(host, [&](std::uint32_t loop) { loops.push_back(loop); });
  post_to_each_loop(host, [&] { ++calls; });
  host.run_posted();
  EXPECT_THAT(loops, ElementsAre(0U, 1U));
  EXPECT_EQ(calls, 2);
}

}  // namespace
}  // namespace signaling::plugin_api
