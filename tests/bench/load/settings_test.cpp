#include "settings.hpp"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "failure.hpp"

namespace signaling::bench_load {
namespace {

Settings parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "bench_load");
  return parse_settings(static_cast<int>(arguments.size()), arguments.data());
}

std::string refusal_of(std::vector<const char*> arguments) {
  try {
    parse(std::move(arguments));
  } catch (const Failure& failure) {
    return failure.what();
  }
  return "";
}

TEST(ParseSettings, TakesEveryOption) {
  const Settings settings =
      parse({"--ports",     "3000,3001", "--scenario", "fanout",    "--clients", "200",    "--room-size", "20",
             "--in-flight", "4",         "--spread",   "--bytes",   "1024",      "--mode", "open",        "--rate",
             "500",         "--warmup",  "0.5",        "--seconds", "2",         "--tls",  "--deflate"});
  EXPECT_EQ(settings.ports, (std::vector<std::uint16_t>{3000, 3001}));
  EXPECT_EQ(settings.scenario, ScenarioKind::fanout);
  EXPECT_EQ(settings.clients, 200U);
  EXPECT_EQ(settings.room_size, 20U);
  EXPECT_EQ(settings.in_flight, 4U);
  EXPECT_EQ(settings.bytes, 1024U);
  EXPECT_TRUE(settings.is_open);
  EXPECT_DOUBLE_EQ(settings.rate, 500);
  EXPECT_DOUBLE_EQ(settings.warmup_seconds, 0.5);
  EXPECT_DOUBLE_EQ(settings.seconds, 2);
  EXPECT_TRUE(settings.spread);
  EXPECT_TRUE(settings.tls);
  EXPECT_TRUE(settings.deflate);
  EXPECT_FALSE(settings.is_polling);
}

TEST(ParseSettings, TakesWhatIsForIdleAndPollingAlone) {
  const Settings settings = parse({"--ports", "1", "--scenario", "idle", "--transport", "polling", "--greeting", "2000"});
  EXPECT_TRUE(settings.is_polling);
  EXPECT_EQ(settings.greeting_bytes, 2000U);
}

TEST(ParseSettings, RelayHasRoomsOfTwo) {
  EXPECT_EQ(parse({"--ports", "1", "--scenario", "relay", "--room-size", "10"}).room_size, 2U);
}

TEST(ParseSettings, RefusesNamingTheOption) {
  const std::vector<std::pair<std::vector<const char*>, std::string>> cases{
      {{}, "--scenario"},
      {{"--scenario", "idle"}, "--ports"},
      {{"--ports", "0", "--scenario", "idle"}, "--ports"},
      {{"--ports", "1,", "--scenario", "idle"}, "--ports"},
      {{"--ports", "1", "--scenario", "dance"}, "--scenario"},
      {{"--ports", "1", "--scenario", "fanout", "--clients", "11"}, "--clients"},
      {{"--ports", "1", "--scenario", "fanout", "--room-size", "1"}, "--room-size"},
      {{"--ports", "1", "--scenario", "relay", "--clients", "3"}, "--clients"},
      {{"--ports", "1", "--scenario", "relay", "--bytes", "31"}, "--bytes"},
      {{"--ports", "1", "--scenario", "relay", "--mode", "open"}, "--rate"},
      {{"--ports", "1", "--scenario", "idle", "--mode", "open", "--rate", "5"}, "--mode"},
      {{"--ports", "1", "--scenario", "rejoin", "--clients", "4", "--room-size", "2", "--in-flight", "3"}, "--in-flight"},
      {{"--ports", "1", "--scenario", "relay", "--transport", "pigeon"}, "--transport"},
      {{"--ports", "1", "--scenario", "relay", "--transport", "polling", "--deflate"}, "--deflate"},
      {{"--ports", "1", "--scenario", "relay", "--greeting", "100"}, "--greeting"},
      {{"--ports", "1", "--scenario", "idle", "--clients", "15", "--greeting", "100"}, "--clients"},
      {{"--ports", "1", "--scenario", "idle", "--seconds", "nan"}, "--seconds"},
      {{"--ports", "1", "--scenario", "idle", "--seconds"}, "--seconds"},
      {{"--ports", "1", "--scenario", "idle", "--colour", "red"}, "--colour"},
  };
  for (const auto& [arguments, option] : cases) EXPECT_NE(refusal_of(arguments).find(option), std::string::npos) << option;
}

}  // namespace
}  // namespace signaling::bench_load
