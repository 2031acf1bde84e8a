#include <array>
#include <chrono>

#include <gtest/gtest.h>

#include <signaling/plugin_api/metrics.hpp>
#include <signaling/test_kit/fake_host.hpp>

namespace signaling::plugin_api {
namespace {

using namespace std::chrono_literals;

TEST(Metrics, ReachTheHost) {
  testing::FakeHost host;
  const Counter joined(host, "joined_total", "Who came");
  joined.add();
  joined.add(2);
  const Gauge waiting(host, "waiting", "Who waits");
  waiting.set(5);
  waiting.add();
  waiting.subtract(2);
  const Histogram taken(host, "taken_seconds", "How long it took");
  taken.observe(250ms);
  taken.observe(1);
  EXPECT_EQ(host.metric_value("joined_total"), 3);
  EXPECT_EQ(host.metric_value("waiting"), 4);
  EXPECT_EQ(host.metric_value("taken_seconds"), 1.25);
}

TEST(Metrics, HaveLabels) {
  testing::FakeHost host;
  std::array<Counter, 2> refused;
  refused[0] = Counter(host, "refused_total", "By reason", {{"reason", "full"}, {"per", "room"}});
  refused[1] = Counter(host, "refused_total", "By reason", {{"reason", "late"}});
  refused[0].add();
  const Counter copy = refused[1];
  copy.add(4);
  EXPECT_EQ(host.metric_value("refused_total", "reason=full,per=room"), 1);
  EXPECT_EQ(host.metric_value("refused_total", "reason=late"), 4);
}

TEST(Metrics, OfNothingCountNowhere) {
  Counter().add();
  Gauge().set(1);
  Histogram().observe(1);
}

}  // namespace
}  // namespace signaling::plugin_api
