#pragma once
// The middleware on a node of the test kit; shared counters by hand.

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <rate_limit/rate_limit.hpp>
#include <rate_limit/schema.hpp>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <signaling/plugin_api/counters.hpp>
#include <signaling/test_kit/fake_cluster.hpp>
#include <signaling/test_kit/fake_config.hpp>

namespace signaling::rate_limit {

using testing::FakeSocket;
using testing::RecordedVerdict;

/// `pass`, `refuse <message><data>`, `disconnect`, `deferred`; of a refused handshake `<status> <seconds>`.
inline std::string outcome(const RecordedVerdict& verdict) {
  if (verdict.refused() && verdict.status() != 403)
    return std::to_string(verdict.status()) + " " + std::to_string(verdict.retry_after_seconds());
  return verdict.text();
}

/// The counters of a cluster, which answer when the test says so.
class FakeCounters final : public plugin_api::SharedCounters {
 public:
  struct Asked {
    std::vector<std::string> keys;
    std::vector<plugin_api::CounterTake> takes;
    std::uint32_t wait_ms;
    plugin_api::CounterHandler* handler;
  };
  void take(std::span<const plugin_api::CounterTake> takes, std::uint32_t wait_ms,
            plugin_api::CounterHandler& handler) override {
    Asked& one = asked.emplace_back(Asked{{}, {takes.begin(), takes.end()}, wait_ms, &handler});
    for (const plugin_api::CounterTake& take : takes) one.keys.emplace_back(take.key);
  }
  /// Answers the oldest.
  void answer(const std::vector<plugin_api::CounterLevel>& levels) {
    const Asked one = asked.front();
    asked.erase(asked.begin());
    one.handler->on_levels(levels);
    one.handler->release();
  }
  /// As a counter that loses nothing by time would.
  void answer_rightly() {
    std::vector<plugin_api::CounterLevel> answers;
    for (std::size_t i = 0; i < asked.front().takes.size(); ++i) {
      const plugin_api::CounterTake& take = asked.front().takes[i];
      double& level = kept[asked.front().keys[i]];
      const bool is_taken = level + take.amount <= take.limit;
      if (is_taken) level = std::max(0.0, level + take.amount);
      answers.push_back({plugin_api::Status::ok, is_taken, level});
    }
    answer(answers);
  }
  ~FakeCounters() {
    for (const Asked& one : asked) one.handler->release();
  }
  std::vector<Asked> asked;
  std::map<std::string, double> kept;
};

inline std::string rule_text(std::string_view name, std::string_view per, std::string_view of, int burst,
                             std::string_view rest) {
  return "[[rules]]\nname = \"" + std::string(name) + "\"\nper = \"" + std::string(per) + "\"\nof = \"" + std::string(of) +
         "\"\nburst = " + std::to_string(burst) + "\n" + std::string(rest) + "\n";
}

class RateLimitFixture : public ::testing::Test {
 protected:
  ~RateLimitFixture() override {
    if (plugin) plugin->stop();
  }
  void start(const std::string& toml) {
    if (counters) {
      host.set_interface(std::string(plugin_api::SharedCounters::interface_name),
                         static_cast<plugin_api::SharedCounters*>(&*counters));
    }
    configs.push_back(std::make_unique<testing::FakeConfig>(schema, toml));
    plugin.emplace(host);
    testing::FakeProblems problems;
    plugin->start(*configs.back(), problems);
    ASSERT_TRUE(problems.list.empty()) << problems.list.front();
    host.run_posted();
  }
  void reload(const std::string& toml) {
    configs.push_back(std::make_unique<testing::FakeConfig>(schema, toml));
    testing::FakeProblems problems;
    plugin->reload(*configs.back(), problems);
    ASSERT_TRUE(problems.list.empty()) << problems.list.front();
    host.run_posted();
  }
  /// A client that no rule was asked about: of the rules it has only the claims.
  FakeSocket& client(const std::string& claims = "") {
    FakeSocket& socket = clients.node(0).connect();
    socket.set_claims(claims);
    return socket;
  }
  std::string send(FakeSocket& socket, std::string_view name = "say", bool wants_ack = false) {
    return outcome(event(socket, name, wants_ack));
  }
  RecordedVerdict& event(FakeSocket& socket, std::string_view name = "say", bool wants_ack = false) {
    plugin_api::Event event;
    event.name = name;
    event.text = R"(["say",1])";
    if (wants_ack) event.ack.id = 1;
    RecordedVerdict& verdict = verdicts.emplace_back();
    plugin->on_event(socket, event, verdict);
    return verdict;
  }
  std::string open(std::string_view address) { return outcome(ask(address)); }
  RecordedVerdict& ask(std::string_view address) {
    testing::FakeHandshake handshake;
    handshake.client_address = address;
    RecordedVerdict& verdict = verdicts.emplace_back();
    plugin->on_handshake(handshake, verdict);
    return verdict;
  }
  double limited(const std::string& per, const std::string& of, const std::string& action) {
    return host.metric_value("limited_total", "per=" + per + ",of=" + of + ",action=" + action);
  }

  testing::FakeCluster clients;
  testing::FakeHost& host = clients.node(0).host();
  std::deque<RecordedVerdict> verdicts;
  std::optional<FakeCounters> counters;
  std::vector<std::unique_ptr<testing::FakeConfig>> configs;
  std::optional<RateLimit> plugin;
};

}  // namespace signaling::rate_limit
