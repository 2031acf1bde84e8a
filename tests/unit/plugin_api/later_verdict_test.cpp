#include <atomic>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signaling/plugin_api/later_verdict.hpp>

namespace signaling::plugin_api {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// The server's, in the hook and after it. Says what it was told, and that nobody touched what has ended.
class FakeVerdict final : public Verdict {
 public:
  std::vector<std::string> decisions;
  std::atomic<int> ends{0};

  void pass() override { end("pass"); }
  void refuse(std::string_view message, std::string_view data) override {
    end("refuse " + std::string(message) + std::string(data));
  }
  void disconnect() override { end("disconnect"); }
  void replace(const Payload& event) override {
    EXPECT_EQ(ends, 0);
    decisions.push_back("replace " + std::string(event.text.front()));
  }
  Verdict& defer() override {
    EXPECT_FALSE(std::exchange(is_deferred, true));
    return *this;
  }
  bool is_deferred = false;

 private:
  void end(std::string decision) {
    if (ends.fetch_add(1) == 0) decisions.push_back(std::move(decision));
  }
};

class FakeRefusals final : public HandshakeRefusals {
 public:
  void refuse(Verdict& verdict, const HandshakeRefusal& refusal) override {
    verdict.refuse(std::to_string(refusal.status), {});
  }
};

TEST(LaterVerdict, IsGivenOnce) {
  FakeVerdict verdict;
  LaterVerdict later(verdict);
  EXPECT_TRUE(verdict.is_deferred);
  EXPECT_FALSE(later.is_decided());
  EXPECT_TRUE(later.pass());
  EXPECT_TRUE(later.is_decided());
  EXPECT_FALSE(later.pass());
  EXPECT_FALSE(later.refuse("too late"));
  EXPECT_FALSE(later.disconnect());
  EXPECT_EQ(later.take(), nullptr);
  EXPECT_EQ(verdict.ends, 1);
  EXPECT_THAT(verdict.decisions, ElementsAre("pass"));
}

TEST(LaterVerdict, IsAnyThatThereIs) {
  const auto decided = [](auto decide) {
    FakeVerdict verdict;
    LaterVerdict later(verdict);
    EXPECT_TRUE(decide(later));
    EXPECT_EQ(verdict.ends, 1);
    return verdict.decisions;
  };
  EXPECT_THAT(decided([](auto& later) { return later.refuse("no", "{}"); }), ElementsAre("refuse no{}"));
  EXPECT_THAT(decided([](auto& later) { return later.disconnect(); }), ElementsAre("disconnect"));
  const std::string_view text[] = {R"(["said"])"};
  EXPECT_THAT(decided([&](auto& later) { return later.pass_instead({text}); }), ElementsAre(R"(replace ["said"])", "pass"));
  FakeRefusals refusals;
  EXPECT_THAT(decided([&](auto& later) { return later.refuse_handshake(&refusals, {.status = 429, .message = "slow"}); }),
              ElementsAre("refuse 429"));
  EXPECT_THAT(decided([](auto& later) { return later.refuse_handshake(nullptr, {.status = 429, .message = "slow"}); }),
              ElementsAre("refuse slow"))
      << "by a server that knows no other status";
}

TEST(LaterVerdict, RefusesWhereItIsForgotten) {
  FakeVerdict verdict;
  { const LaterVerdict later(verdict); }
  EXPECT_THAT(verdict.decisions, ElementsAre("refuse internal error"));
  FakeVerdict other;
  LaterVerdict replaced(other);
  replaced = LaterVerdict();
  EXPECT_THAT(other.decisions, ElementsAre("refuse internal error"));
}

TEST(LaterVerdict, IsMovedIntoWhatDecides) {
  FakeVerdict verdict;
  {
    LaterVerdict later(verdict);
    auto decide = [moved = std::move(later)]() mutable { return moved.pass(); };
    EXPECT_THAT(verdict.decisions, IsEmpty());
    EXPECT_TRUE(decide());
  }
  EXPECT_EQ(verdict.ends, 1);
  EXPECT_THAT(verdict.decisions, ElementsAre("pass"));
}

TEST(LaterVerdict, OfTwoThreadsTheFirstCounts) {
  for (int round = 0; round < 50; ++round) {
    FakeVerdict verdict;
    LaterVerdict later(verdict);
    std::atomic<int> winners{0};
    std::atomic<int> ready{0};
    const auto race = [&](auto decide) {
      ++ready;
      while (ready < 2) std::this_thread::yield();
      if (decide()) ++winners;
    };
    std::thread other([&] { race([&] { return later.refuse("timeout"); }); });
    race([&] { return later.pass(); });
    other.join();
    ASSERT_EQ(winners, 1);
    ASSERT_EQ(verdict.ends, 1);
  }
}

}  // namespace
}  // namespace signaling::plugin_api
