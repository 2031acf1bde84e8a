#pragma once
// The middleware on a server played by the test: sockets, verdicts and shared counters by hand, a clock that stands.

#include <map>
#include <memory>
#include <optional>
#include <rate_limit/rate_limit.hpp>
#include <rate_limit/schema.hpp>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <signaling/plugin_api/counters.hpp>
#include <signaling/test_kit/fake_config.hpp>
#include <signaling/test_kit/fake_host.hpp>

namespace signaling::rate_limit {

/// What came of a verdict; the deferred one is itself.
class FakeVerdict final : public plugin_api::Verdict {
 public:
  void pass() override { text = "pass"; }
  void refuse(std::string_view message, std::string_view data) override {
    text = "refuse " + std::string(message) + std::string(data);
  }
  void disconnect() override { text = "disconnect"; }
  void replace(const plugin_api::Payload&) override {}
  plugin_api::Verdict& defer() override {
    text = "deferred";
    return *this;
  }
  std::string text;
};

class FakeRefusals final : public plugin_api::HandshakeRefusals {
 public:
  void refuse(plugin_api::Verdict& verdict, const plugin_api::HandshakeRefusal& refusal) override {
    static_cast<FakeVerdict&>(verdict).text =
        std::to_string(refusal.status) + " " + std::to_string(refusal.retry_after_seconds);
  }
};

class FakeHandshake final : public plugin_api::Handshake {
 public:
  std::string address_text = "192.0.2.1";
  std::string_view address() const override { return address_text; }
  std::string_view url() const override { return "/"; }
  std::string_view query(std::string_view) const override { return {}; }
  std::string_view header(std::string_view) const override { return {}; }
  bool secure() const override { return false; }
  bool cross_origin() const override { return false; }
  std::int64_t issued_ms() const override { return 0; }
  std::string_view auth() const override { return "{}"; }
};

class StubSocket final : public plugin_api::Socket {
 public:
  FakeHandshake hands;
  std::string claims_text;
  std::vector<std::string> emitted;
  std::vector<std::string> replies;
  std::size_t emissions = 0;
  bool keeps = true;  ///< what is emitted

  std::string_view id() const override { return "id"; }
  std::string_view namespace_name() const override { return "/"; }
  std::uint32_t loop() const override { return 0; }
  const plugin_api::Handshake& handshake() const override { return hands; }
  std::string_view transport() const override { return "websocket"; }
  bool is_connected() const override { return true; }
  plugin_api::EmitResult emit(const plugin_api::Payload& event, plugin_api::EmitFlags) override {
    ++emissions;
    if (keeps) emitted.push_back(joined(event));
    return plugin_api::EmitResult::sent;
  }
  void emit_with_ack(const plugin_api::Payload&, std::uint32_t, plugin_api::AckHandler&, plugin_api::EmitFlags) override {}
  plugin_api::EmitResult reply(plugin_api::AckToken, const plugin_api::Payload& args) override {
    replies.push_back(joined(args));
    return plugin_api::EmitResult::sent;
  }
  plugin_api::Status join(std::string_view, plugin_api::Admission, plugin_api::StatusHandler*) override { return {}; }
  plugin_api::Status admit(std::string_view, std::uint64_t) override { return {}; }
  plugin_api::Status leave(std::string_view) override { return {}; }
  bool is_in(std::string_view) const override { return false; }
  void visit_rooms(plugin_api::TextVisitor&) const override {}
  void disconnect(bool) override {}
  std::string_view data() const override { return "{}"; }
  plugin_api::Status set_data(std::string_view) override { return {}; }
  std::string_view claims() const override { return claims_text; }
  plugin_api::Status set_claims(std::string_view) override { return {}; }
  void* user() const override { return nullptr; }
  void set_user(void*) override {}

 private:
  static std::string joined(const plugin_api::Payload& payload) {
    std::string text;
    for (const std::string_view piece : payload.text) text += piece;
    return text;
  }
};

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
    host.set_interface(std::string(plugin_api::HandshakeRefusals::interface_name),
                       static_cast<plugin_api::HandshakeRefusals*>(&refusals));
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
  std::string send(StubSocket& socket, std::string_view name = "say", bool wants_ack = false) {
    FakeVerdict verdict;
    event(socket, name, verdict, wants_ack);
    return verdict.text;
  }
  void event(StubSocket& socket, std::string_view name, FakeVerdict& verdict, bool wants_ack = false) {
    plugin_api::Event event;
    event.name = name;
    event.text = R"(["say",1])";
    if (wants_ack) event.ack.id = 1;
    plugin->on_event(socket, event, verdict);
  }
  std::string open(std::string_view address) {
    FakeHandshake handshake;
    handshake.address_text = address;
    FakeVerdict verdict;
    plugin->on_handshake(handshake, verdict);
    return verdict.text;
  }
  double limited(const std::string& per, const std::string& of, const std::string& action) {
    return host.metric_value("limited_total", "per=" + per + ",of=" + of + ",action=" + action);
  }

  testing::FakeHost host;
  FakeRefusals refusals;
  std::optional<FakeCounters> counters;
  std::vector<std::unique_ptr<testing::FakeConfig>> configs;
  std::optional<RateLimit> plugin;
};

}  // namespace signaling::rate_limit
