// Events allocate nothing, whether they pass or are dropped. A program of its own: it counts every `operator new`.

#include <support/counted_allocations.hpp>

#include "rate_limit_fixture.hpp"

namespace signaling::rate_limit {
namespace {

class Counted final : public plugin_api::Verdict {
 public:
  void pass() override { ++passed; }
  void refuse(std::string_view, std::string_view) override { ++refused; }
  void disconnect() override {}
  void replace(const plugin_api::Payload&) override {}
  plugin_api::Verdict& defer() override { return *this; }
  int passed = 0;
  int refused = 0;
};

class AllocationTest : public RateLimitFixture {};

TEST_F(AllocationTest, NoneForAnEvent) {
  start("warn_interval = \"0ms\"\n" + rule_text("s", "socket", "events", 1'000, "rate = 1\ninterval = \"1h\"") +
        rule_text("a", "address", "bytes", 1'000'000, "rate = 1") + rule_text("i", "identity", "events", 100'000, "rate = 1"));
  FakeSocket& socket = client(R"({"sub":"alice"})");
  socket.keeps_received = false;
  Counted verdict;
  plugin_api::Event event;
  event.name = "say";
  event.text = R"(["say",1])";
  plugin->on_event(socket, event, verdict);
  const std::size_t before = allocations;
  for (int i = 0; i < 2'000; ++i) plugin->on_event(socket, event, verdict);
  EXPECT_EQ(allocations - before, 0u);
  EXPECT_EQ(verdict.passed, 1'000);
  EXPECT_EQ(verdict.refused, 1'001);
  EXPECT_EQ(socket.emissions, 1'001u) << "with a warning each";
}

}  // namespace
}  // namespace signaling::rate_limit
