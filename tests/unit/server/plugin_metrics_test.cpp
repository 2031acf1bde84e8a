#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signaling/server/plugin_metrics.hpp>

namespace signaling::server {
namespace {

using plugin_api::Label;
using plugin_api::Metric;
using plugin_api::MetricKind;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class PluginMetricsTest : public ::testing::Test {
 protected:
  Metric& make(MetricKind kind, std::string_view name, std::span<const Label> labels = {}, std::string_view plugin = "redis") {
    problem.clear();
    return metrics.metric(plugin, kind, name, "help", labels, problem);
  }

  PluginMetrics metrics;
  std::string problem;
};

TEST_F(PluginMetricsTest, CarriesThePluginsNameInItsOwn) {
  make(MetricKind::counter, "commands_total").add(2);
  const auto families = metrics.Collect();
  ASSERT_THAT(families, SizeIs(1));
  EXPECT_EQ(families[0].name, "signaling_plugin_redis_commands_total");
  EXPECT_EQ(families[0].help, "help");
  EXPECT_EQ(families[0].type, prometheus::MetricType::Counter);
  EXPECT_EQ(families[0].metric[0].counter.value, 2);
}

TEST_F(PluginMetricsTest, GivesTheSameObjectForTheSameLabelsInAnyOrder) {
  const Label one[] = {{"a", "1"}, {"b", "2"}};
  const Label other[] = {{"b", "2"}, {"a", "1"}};
  const Label third[] = {{"a", "1"}, {"b", "3"}};
  Metric& metric = make(MetricKind::gauge, "depth", one);
  EXPECT_EQ(&metric, &make(MetricKind::gauge, "depth", other));
  EXPECT_NE(&metric, &make(MetricKind::gauge, "depth", third));
  EXPECT_NE(&metric, &make(MetricKind::gauge, "depth", one, "other_plugin"));
  const auto families = metrics.Collect();
  ASSERT_THAT(families, SizeIs(2));
  EXPECT_THAT(families[1].metric, SizeIs(2));
}

TEST_F(PluginMetricsTest, IgnoresWhatDoesNotBelongToTheKind) {
  Metric& counter = make(MetricKind::counter, "c");
  counter.add(1);
  counter.add(-5);
  counter.add(std::numeric_limits<double>::quiet_NaN());
  counter.set(9);
  counter.observe(9);
  Metric& gauge = make(MetricKind::gauge, "g");
  gauge.set(4);
  gauge.add(-1);
  gauge.observe(9);
  const auto families = metrics.Collect();
  EXPECT_EQ(families[0].metric[0].counter.value, 1);
  EXPECT_EQ(families[1].metric[0].gauge.value, 3);
}

TEST_F(PluginMetricsTest, CountsObservationsCumulatively) {
  Metric& histogram = make(MetricKind::histogram, "h");
  histogram.observe(0.0001);
  histogram.observe(2);
  histogram.observe(1e9);
  const auto families = metrics.Collect();
  const auto& data = families[0].metric[0].histogram;
  EXPECT_EQ(data.sample_count, 3U);
  EXPECT_EQ(data.bucket.front().cumulative_count, 1U);
  EXPECT_EQ(data.bucket.back().cumulative_count, 3U);
  EXPECT_TRUE(std::isinf(data.bucket.back().upper_bound));
  EXPECT_EQ(data.bucket[data.bucket.size() - 2].cumulative_count, 2U);
}

TEST_F(PluginMetricsTest, RefusesWhatPrometheusCannotTakeAndSaysWhy) {
  make(MetricKind::counter, "bad name").add(1);
  EXPECT_THAT(problem, HasSubstr("signaling_plugin_redis_bad name is not shown"));
  const Label label[] = {{"1st", "x"}};
  make(MetricKind::counter, "c", label);
  EXPECT_THAT(problem, HasSubstr("\"1st\" is no name for a label"));
  EXPECT_THAT(metrics.Collect(), IsEmpty());
  make(MetricKind::counter, "c");
  EXPECT_EQ(problem, "");
  make(MetricKind::gauge, "c");
  EXPECT_THAT(problem, HasSubstr("made before as another kind"));
}

TEST_F(PluginMetricsTest, BoundsTheSeriesOfEachPlugin) {
  for (std::size_t i = 0; i < PluginMetrics::max_series_per_plugin; ++i) {
    const std::string value = std::to_string(i);
    const Label label[] = {{"n", value}};
    make(MetricKind::counter, "c", label);
    ASSERT_EQ(problem, "");
  }
  make(MetricKind::counter, "d").add(1);
  EXPECT_THAT(problem, HasSubstr("1000 series"));
  make(MetricKind::counter, "d", {}, "other_plugin");
  EXPECT_EQ(problem, "");
}

}  // namespace
}  // namespace signaling::server
