#pragma once
// Redis as the logic sees it, played by the test: what was sent is looked at and answered by hand.

#include <broker_parts/clock.hpp>
#include <deque>
#include <redis_adapter/backend.hpp>
#include <string>
#include <utility>
#include <vector>

namespace signaling::redis_adapter {

class FakeBackend final : public Backend {
 public:
  struct Sent {
    std::string what;  ///< channel of a PUBLISH, first word of a command, first argument of a script's list
    std::string payload;
    ReplyHandler handler;
  };

  void start() override {}
  void stop() override {}
  std::uint32_t partition_count() const noexcept override { return 1; }
  Partition partition_of(std::string_view) const noexcept override { return 0; }
  std::string_view tag(Partition) const noexcept override { return "{p0}"; }
  bool is_up(Partition) const noexcept override { return up; }
  bool are_all_up() const noexcept override { return up; }
  void command(Partition, std::span<const std::string_view> args, Timeout, ReplyHandler handler) override {
    commands.push_back({std::string(args[0]), {}, std::move(handler)});
  }
  void eval(Partition, const Script& script, std::span<const std::string_view>, std::span<const std::string_view> args, Timeout,
            ReplyHandler handler) override {
    std::string text;
    for (const std::string_view arg : args) text.append(arg).append(" ");
    scripts.push_back({std::string(script.sha1()), text, std::move(handler)});
  }
  void publish(Partition, std::string_view channel, std::string_view payload, Timeout, ReplyHandler handler) override {
    published.push_back({std::string(channel), std::string(payload), std::move(handler)});
  }
  void subscribe(Partition, std::string_view channel, ReplyHandler handler) override {
    subscribed.push_back({std::string(channel), {}, std::move(handler)});
  }
  void unsubscribe(Partition, std::string_view channel) override { unsubscribed.emplace_back(channel); }
  void restart_subscriber(Partition, std::string_view) override { ++restarts; }
  void reconnect(Partition, std::string_view) override {}
  BackendStats stats() const override { return {}; }

  static void answer(Sent& sent, long long integer) {
    redisReply value{};
    value.type = REDIS_REPLY_INTEGER;
    value.integer = integer;
    answer(sent, value);
  }
  static void answer(Sent& sent, const redisReply& value) {
    Reply reply;
    reply.value = &value;
    if (ReplyHandler handler = std::exchange(sent.handler, {})) handler(reply);
  }
  static void fail(Sent& sent, Outcome outcome) {
    Reply reply;
    reply.outcome = outcome;
    if (ReplyHandler handler = std::exchange(sent.handler, {})) handler(reply);
  }

  bool up = true;
  int restarts = 0;
  std::deque<Sent> published;
  std::deque<Sent> commands;
  std::deque<Sent> scripts;
  std::deque<Sent> subscribed;
  std::vector<std::string> unsubscribed;
};

class FakeClock final : public broker_parts::Clock {
 public:
  std::int64_t steady_us() const override { return now_us; }
  std::int64_t wall_us() const override { return 1'700'000'000'000'000 + now_us; }
  void advance(std::int64_t ms) { now_us += ms * broker_parts::us_per_ms; }
  std::int64_t now_us = 1'000'000;
};

}  // namespace signaling::redis_adapter
