// Own entries restored, and what Redis answers taken to the entries that it was asked about.

#include <map>
#include <redis_adapter/presence_entry.hpp>
#include <redis_adapter/reconcile.hpp>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "context_fixture.hpp"
#include "reply_of.hpp"

namespace signaling::redis_adapter {
namespace {

std::string digits(std::uint64_t mark) { return encode_mark(mark); }

class ReconcileTest : public ContextFixture, protected Reconcile::Listener {
 protected:
  OwnEntries& own() { return partitions_[0].own; }
  void on_opened(Partition, bool) override {}
  void on_ready(Partition) override { is_ready_ = true; }
  std::vector<std::string> others() const override { return others_; }

  std::string last_script() const { return backend_.scripts.empty() ? "" : backend_.scripts.back().what; }
  void answer_script(const std::vector<std::string>& texts) {
    FakeBackend::answer(backend_.scripts.back(), *texts_reply(texts));
  }
  void answer_about_others(int settling_ms, bool are_back) {
    const std::string text = "*3\r\n$2\r\nok\r\n:" + std::to_string(settling_ms) + "\r\n:" + (are_back ? "1" : "0") + "\r\n";
    FakeBackend::answer(backend_.scripts.back(), *reply_of(text));
  }
  /// Opened, with nothing to restore and nothing in Redis, up to the question for the others.
  void restore_nothing() {
    reconcile_.begin(0);
    answer_script({"ok", digits(5), "0", digits(5)});
    FakeBackend::answer(backend_.commands.back(), *reply_of("*2\r\n$1\r\n0\r\n*0\r\n"));
    ASSERT_EQ(last_script(), scripts_.back.sha1());
  }
  void pass(std::int64_t ms) {
    clock_.advance(ms);
    reconcile_.tick();
  }

  PartitionStates partitions_ = PartitionStates(1);
  Reaper reaper_{context_};
  Reconcile reconcile_{context_, partitions_, reaper_, *this};
  bool is_ready_ = false;
  std::vector<std::string> others_;
};

TEST_F(ReconcileTest, TakesEachAnswerToItsEntryThoughAnotherWasRemovedMeanwhile) {
  for (const char* member : {"a", "b", "c"}) own().set("room", member, "v", 1);
  reconcile_.begin(0);
  FakeBackend::answer(backend_.scripts.back(), *texts_reply({"ok", digits(5), "0", digits(5)}));
  ASSERT_EQ(backend_.scripts.back().what, scripts_.restore.sha1());

  // In the order in which they were sent, each with marks that name it.
  std::vector<std::string> answers = {"ok"};
  const std::string& sent = backend_.scripts.back().payload;
  std::map<std::size_t, char> order;
  for (const char member : {'a', 'b', 'c'}) order[sent.find(std::string("room ") + member)] = member;
  ASSERT_EQ(order.size(), 3U);
  for (const auto& [at, member] : order) {
    const std::uint64_t mark = 100 * static_cast<std::uint64_t>(member);
    answers.push_back(digits(mark) + digits(mark + 1));
  }
  const char removed = order.begin()->second;
  own().remove("room", std::string(1, removed));
  FakeBackend::answer(backend_.scripts.back(), *texts_reply(answers));

  for (const auto& [at, member] : order) {
    const OwnEntry* entry = own().find("room", std::string(1, member));
    if (member == removed) {
      EXPECT_EQ(entry, nullptr);
      continue;
    }
    ASSERT_NE(entry, nullptr);
    EXPECT_EQ(entry->order, 100 * static_cast<std::uint64_t>(member));
    EXPECT_EQ(entry->mark, 100 * static_cast<std::uint64_t>(member) + 1);
  }
  ASSERT_FALSE(backend_.commands.empty());
  EXPECT_EQ(backend_.commands.back().what, "SSCAN");
  FakeBackend::answer(backend_.commands.back(), *reply_of("*2\r\n$1\r\n0\r\n*0\r\n"));
  EXPECT_FALSE(is_ready_);
  answer_about_others(0, true);
  EXPECT_TRUE(is_ready_);
}

TEST_F(ReconcileTest, IsReadyWhenSettlingEndsWhereAllAreBack) {
  others_ = {"BBBB", "CCCC"};
  restore_nothing();
  EXPECT_EQ(backend_.scripts.back().payload, " " + digits(5) + " AAAA 12000 1000 BBBB CCCC ");
  answer_about_others(3000, true);
  pass(2'999);
  EXPECT_FALSE(is_ready_);
  const std::size_t asked = backend_.scripts.size();
  pass(1);
  EXPECT_TRUE(is_ready_);
  EXPECT_EQ(backend_.scripts.size(), asked);
}

TEST_F(ReconcileTest, AsksAgainBeforeSettlingEndsAsLongAsOneIsMissing) {
  others_ = {"BBBB"};
  restore_nothing();
  answer_about_others(3000, false);
  pass(2'400);
  const std::size_t asked = backend_.scripts.size();
  pass(100);
  ASSERT_EQ(backend_.scripts.size(), asked + 1);
  pass(5'000);  // no answer, and none is asked for twice
  ASSERT_EQ(backend_.scripts.size(), asked + 1);
  EXPECT_FALSE(is_ready_);
  answer_about_others(1000, false);  // extended
  pass(500);
  ASSERT_EQ(backend_.scripts.size(), asked + 2);
  answer_about_others(400, true);
  pass(399);
  EXPECT_FALSE(is_ready_);
  pass(1);
  EXPECT_TRUE(is_ready_);
}

TEST_F(ReconcileTest, AsksAnewWhereRedisDidNotAnswer) {
  restore_nothing();
  FakeBackend::fail(backend_.scripts.back(), Outcome::timeout);
  const std::size_t asked = backend_.scripts.size();
  pass(499);
  EXPECT_EQ(backend_.scripts.size(), asked);
  pass(1);
  ASSERT_EQ(backend_.scripts.size(), asked + 1);
  answer_script({"epoch", "other"});
  pass(500);
  ASSERT_EQ(backend_.scripts.size(), asked + 2);
  answer_script({"epoch", "none"});  // its data are gone
  EXPECT_EQ(last_script(), scripts_.open.sha1());
  EXPECT_FALSE(is_ready_);
}

TEST_F(ReconcileTest, TakesNoAnswerThatAnEarlierAttemptAskedFor) {
  restore_nothing();
  auto late = std::move(backend_.scripts.back());
  reconcile_.begin(0);
  FakeBackend::answer(late, *reply_of("*3\r\n$2\r\nok\r\n:0\r\n:1\r\n"));
  EXPECT_FALSE(is_ready_);
}

}  // namespace
}  // namespace signaling::redis_adapter
