#include <broker_parts/start_gate.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <thread>

#include <gtest/gtest.h>

namespace signaling::broker_parts {
namespace {

constexpr std::chrono::milliseconds not_at_all{0};
constexpr std::chrono::milliseconds long_enough{60'000};

TEST(StartGate, LetsThroughWhatNothingWasHeardOf) {
  StartGate gate;
  EXPECT_EQ(gate.wait(not_at_all), std::nullopt);
}

TEST(StartGate, TellsWhyItWasRefused) {
  StartGate gate;
  gate.set_refused("wrong password");
  EXPECT_EQ(gate.wait(not_at_all), "wrong password");
}

TEST(StartGate, BelievesTheFirst) {
  StartGate ready;
  ready.set_ready();
  ready.set_refused("too late");
  EXPECT_EQ(ready.wait(not_at_all), std::nullopt);
  StartGate refused;
  refused.set_refused("first");
  refused.set_ready();
  refused.set_refused("second");
  EXPECT_EQ(refused.wait(not_at_all), "first");
}

TEST(StartGate, EndsTheWaitOfAnotherThread) {
  StartGate gate;
  std::thread starting([&] { gate.set_refused("no"); });
  const std::optional<std::string> heard = gate.wait(long_enough);
  starting.join();
  EXPECT_EQ(heard, "no");
}

}  // namespace
}  // namespace signaling::broker_parts
