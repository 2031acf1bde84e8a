#include <cstdint>
#include <cstring>
#include <message_memory.hpp>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <signaling/protocol/outbound_message.hpp>

namespace signaling::protocol {
namespace {

/// Runs on a thread that keeps nothing yet.
template <class F>
void on_a_new_thread(F f) {
  std::thread(std::move(f)).join();
}

TEST(MessageMemory, GivesWhatWasGivenBackToTheNextOfItsSize) {
  if (!keeps_message_memory) return;  // under the address sanitizer
  on_a_new_thread([] {
    void* first = take_message_memory(170);
    give_back_message_memory(first, 170);
    EXPECT_EQ(kept_message_blocks(), 1u);
    void* larger = take_message_memory(1000);
    EXPECT_NE(larger, first);
    void* like = take_message_memory(190);
    EXPECT_EQ(like, first);
    EXPECT_EQ(kept_message_blocks(), 0u);
    give_back_message_memory(like, 190);
    give_back_message_memory(larger, 1000);
  });
}

TEST(MessageMemory, HasRoomForEverySize) {
  // Each is filled whole, among others of all sizes around it: the sanitizers see what is written beyond.
  for (int round = 0; round < 2; ++round) {
    std::vector<std::pair<unsigned char*, std::size_t>> blocks;
    for (std::size_t size = 1; size <= largest_kept_block + 40; size += size < 700 ? 1 : 13) {
      auto* block = static_cast<unsigned char*>(take_message_memory(size));
      ASSERT_EQ(reinterpret_cast<std::uintptr_t>(block) % alignof(std::max_align_t), 0u);
      std::memset(block, static_cast<int>(size & 0xFF), size);
      blocks.emplace_back(block, size);
    }
    for (const auto& [block, size] : blocks) {
      ASSERT_EQ(block[0], size & 0xFF);
      ASSERT_EQ(block[size - 1], size & 0xFF);
      give_back_message_memory(block, size);
    }
  }
}

TEST(MessageMemory, KeepsNeitherTooManyNorLargeOnes) {
  on_a_new_thread([] {
    std::vector<void*> blocks;
    for (int i = 0; i < 5000; ++i) blocks.push_back(take_message_memory(200));
    for (void* block : blocks) give_back_message_memory(block, 200);
    EXPECT_LE(kept_message_blocks(), 512u);
    const std::size_t before = kept_message_blocks();
    give_back_message_memory(take_message_memory(largest_kept_block + 1), largest_kept_block + 1);
    EXPECT_EQ(kept_message_blocks(), before);
  });
}

TEST(MessageMemory, IsKeptByTheThreadThatGivesItBack) {
  if (!keeps_message_memory) return;  // under the address sanitizer
  on_a_new_thread([] {
    MessagePtr message = MessagePtr::text("4", {}, false);
    on_a_new_thread([taken = std::move(message)]() mutable {
      EXPECT_EQ(kept_message_blocks(), 0u);
      taken = MessagePtr();
      EXPECT_EQ(kept_message_blocks(), 1u);
    });
    EXPECT_EQ(kept_message_blocks(), 0u);
  });
}

TEST(MessageMemory, IsTakenBackEvenAtTheVeryEndOfAThread) {
  on_a_new_thread([] {
    // Made before the thread keeps anything, so it ends after what is kept was given back.
    thread_local MessagePtr last;
    const std::string text(100, 'x');
    last = MessagePtr::text(text);
    for (int i = 0; i < 10; ++i) MessagePtr::text(text);
  });
}

TEST(MessageMemory, MakesMessagesOfUsedBlocksThatAreLikeNew) {
  const std::string bytes(300, '\x7f');
  MessagePtr::binary(std::as_bytes(std::span(bytes)), true);
  const std::string text(300, 'a');
  const MessagePtr message = MessagePtr::text(text, {}, false);
  EXPECT_EQ(message->payload(), text);
  EXPECT_EQ(message->kind(), OutboundMessage::Kind::text);
  EXPECT_FALSE(message->compress());
  EXPECT_EQ(message->deflated(), nullptr);
}

}  // namespace
}  // namespace signaling::protocol
