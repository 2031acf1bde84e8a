#include <memory_adapter/history_store.hpp>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace signaling::memory_adapter {
namespace {

using plugin_api::Status;
using Texts = std::vector<std::string>;

class HistoryStoreTest : public testing::Test {
 protected:
  HistoryStore store_{{.max_topics = 2, .max_items = 3, .max_bytes = 10, .ttl_ms = 1'000}};
  std::int64_t now_ = 0;

  HistoryResult append(std::string_view topic, std::string_view item) {
    return store_.append(topic, std::as_bytes(std::span(item.data(), item.size())), now_);
  }
  Texts replayed(std::string_view topic, std::uint64_t offset) {
    Texts texts;
    for (const auto& item : store_.replay(topic, offset, now_).items) {
      texts.emplace_back(reinterpret_cast<const char*>(item->data()), item->size());
    }
    return texts;
  }
};

TEST_F(HistoryStoreTest, DropsTheOldestItemOverTheirNumber) {
  const auto first = append("t", "1");
  const auto second = append("t", "2");
  for (const char* item : {"3", "4", "5"}) append("t", item);
  EXPECT_EQ(store_.replay("t", first.next_offset, now_).status, Status::not_found);
  EXPECT_EQ(replayed("t", second.next_offset), (Texts{"3", "4", "5"}));
}

TEST_F(HistoryStoreTest, DropsTheOldestItemsOverTheirBytes) {
  const auto first = append("t", "12345");
  const auto second = append("t", "67890");
  append("t", "abc");
  EXPECT_EQ(replayed("t", first.next_offset), (Texts{"67890", "abc"}));
  append("t", "0123456789");
  EXPECT_EQ(store_.replay("t", second.next_offset, now_).status, Status::not_found);
}

TEST_F(HistoryStoreTest, RefusesAnItemThatWouldNeverFit) {
  const auto first = append("t", "1");
  EXPECT_EQ(append("t", "01234567890").status, Status::too_many);
  EXPECT_EQ(store_.replay("t", first.next_offset, now_).status, Status::ok);
}

TEST_F(HistoryStoreTest, ForgetsItemsThatAreTooOld) {
  const auto first = append("t", "1");
  append("t", "2");
  now_ = 600;
  const auto third = append("t", "3");
  EXPECT_EQ(replayed("t", first.next_offset), (Texts{"2", "3"}));
  now_ = 1'000;
  EXPECT_EQ(store_.replay("t", first.next_offset, now_).status, Status::not_found);
  append("t", "4");
  EXPECT_EQ(replayed("t", third.next_offset), (Texts{"4"}));
}

TEST_F(HistoryStoreTest, RefusesATopicOverTheBoundUntilOneIsForgotten) {
  append("a", "1");
  now_ = 500;
  append("b", "1");
  EXPECT_EQ(append("c", "1").status, Status::too_many);
  now_ = 1'000;
  // Each shard forgets when it is used, so a is looked at first.
  EXPECT_EQ(store_.replay("a", 0, now_).status, Status::not_found);
  EXPECT_EQ(append("c", "1").status, Status::ok);
  EXPECT_EQ(store_.topic_count(), 2U);
}

TEST_F(HistoryStoreTest, TakesNoOffsetOfAForgottenTopicForOneOfItsSuccessor) {
  const auto old = append("t", "1");
  append("t", "2");
  now_ = 1'000;
  const auto begun_anew = append("t", "3");
  EXPECT_EQ(store_.replay("t", old.next_offset, now_).status, Status::not_found);
  EXPECT_EQ(store_.replay("t", begun_anew.next_offset, now_).status, Status::ok);
}

}  // namespace
}  // namespace signaling::memory_adapter
