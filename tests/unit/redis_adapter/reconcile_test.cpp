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

  PartitionStates partitions_ = PartitionStates(1);
  Reaper reaper_{context_};
  Reconcile reconcile_{context_, partitions_, reaper_, *this};
  bool is_ready_ = false;
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
  EXPECT_TRUE(is_ready_);
}

}  // namespace
}  // namespace signaling::redis_adapter
