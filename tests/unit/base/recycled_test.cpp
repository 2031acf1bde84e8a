#include <cstdint>
#include <cstring>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <signaling/base/recycled.hpp>

namespace signaling::base {
namespace {

/// Runs on a thread that keeps nothing yet.
template <class F>
void on_a_new_thread(F f) {
  std::thread(std::move(f)).join();
}

std::vector<void*> take(std::size_t number, std::size_t bytes) {
  std::vector<void*> blocks;
  for (std::size_t i = 0; i < number; ++i) blocks.push_back(take_recycled(bytes));
  return blocks;
}

void give_back(const std::vector<void*>& blocks, std::size_t bytes) {
  for (void* block : blocks) give_back_recycled(block, bytes);
}

TEST(Recycled, GivesWhatWasGivenBackToTheNextOfItsSize) {
  if (!recycles_memory) return;  // under the address sanitizer
  on_a_new_thread([] {
    void* first = take_recycled(170);
    give_back_recycled(first, 170);
    EXPECT_EQ(recycled_blocks(), 1u);
    void* larger = take_recycled(1000);
    EXPECT_NE(larger, first);
    void* like = take_recycled(190);
    EXPECT_EQ(like, first);
    EXPECT_EQ(recycled_blocks(), 0u);
    give_back_recycled(like, 190);
    give_back_recycled(larger, 1000);
  });
}

TEST(Recycled, HasRoomForEverySize) {
  // Each is filled whole, among others of all sizes around it: what overlaps is seen.
  for (int round = 0; round < 2; ++round) {
    std::vector<std::pair<unsigned char*, std::size_t>> blocks;
    for (std::size_t size = 1; size <= largest_recycled_bytes + 40; size += size < 700 ? 1 : 13) {
      auto* block = static_cast<unsigned char*>(take_recycled(size));
      ASSERT_EQ(reinterpret_cast<std::uintptr_t>(block) % alignof(std::max_align_t), 0u);
      std::memset(block, static_cast<int>(size & 0xFF), size);
      blocks.emplace_back(block, size);
    }
    for (const auto& [block, size] : blocks) {
      ASSERT_EQ(block[0], size & 0xFF);
      ASSERT_EQ(block[size - 1], size & 0xFF);
      give_back_recycled(block, size);
    }
  }
}

TEST(Recycled, KeepsNeitherTooManyNorLargeOnes) {
  on_a_new_thread([] {
    give_back(take(20'000, 200), 200);
    EXPECT_LE(recycled_blocks(), 1024u);
    const std::size_t before = recycled_blocks();
    give_back_recycled(take_recycled(largest_recycled_bytes + 1), largest_recycled_bytes + 1);
    EXPECT_EQ(recycled_blocks(), before);
  });
}

TEST(Recycled, IsKeptByTheThreadThatGivesItBack) {
  if (!recycles_memory) return;
  on_a_new_thread([] {
    void* block = take_recycled(10);
    on_a_new_thread([block] {
      EXPECT_EQ(recycled_blocks(), 0u);
      give_back_recycled(block, 10);
      EXPECT_EQ(recycled_blocks(), 1u);
    });
    EXPECT_EQ(recycled_blocks(), 0u);
  });
}

TEST(Recycled, GoesInBatchesFromAThreadThatHasTooManyToOneThatHasNone) {
  if (!recycles_memory) return;
  constexpr std::size_t bytes = 500;  // of a size that no other test here gives back in such numbers
  on_a_new_thread([] {
    give_back(take(2000, bytes), bytes);
    EXPECT_GE(recycled_blocks(), 512u);
    EXPECT_LE(recycled_blocks(), 1024u);
  });
  on_a_new_thread([] {
    void* block = take_recycled(bytes);
    EXPECT_EQ(recycled_blocks(), 511u);
    give_back_recycled(block, bytes);
  });
}

TEST(Recycled, TellsWhatAllThreadsKeep) {
  if (!recycles_memory) {
    EXPECT_EQ(recycled_bytes(), 0u);
    return;
  }
  on_a_new_thread([] {
    const std::size_t before = recycled_bytes();
    std::vector<void*> blocks = take(1400, 320);
    EXPECT_EQ(recycled_bytes(), before);
    on_a_new_thread([&] {
      give_back({blocks.begin(), blocks.begin() + 10}, 320);
      EXPECT_EQ(recycled_bytes(), before + 10 * 320);
    });
    EXPECT_EQ(recycled_bytes(), before) << "it gave them back at its end";
    blocks.erase(blocks.begin(), blocks.begin() + 10);
    give_back(blocks, 320);
    EXPECT_EQ(recycled_bytes(), before + blocks.size() * 320) << "with the reserve";
  });
}

TEST(Recycled, TellsWhatIsHandedOver) {
  if (!recycles_memory) return;
  constexpr std::size_t bytes = 448;  // of a size that no other test here gives back in such numbers
  const std::size_t before = recycled_bytes();
  on_a_new_thread([] { give_back(take(2 * 512, bytes), bytes); });
  EXPECT_EQ(recycled_bytes(), before + 512 * bytes) << "one list; the other ended with the thread";
}

TEST(Recycled, IsTakenAndGivenBackByManyThreadsAtOnce) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([] {
      for (std::size_t round = 0; round < 30; ++round) {
        const std::vector<void*> blocks = take(1500, 100);
        for (void* block : blocks) std::memset(block, 1, 100);
        if (round % 2 == 0) {
          give_back(blocks, 100);
        } else {
          on_a_new_thread([&blocks] { give_back(blocks, 100); });
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(Recycled, IsTakenBackEvenAtTheVeryEndOfAThread) {
  struct Text : Recycled {
    char text[100] = {};
  };
  on_a_new_thread([] {
    // Made before the thread keeps anything, so it ends after what is kept was given back.
    thread_local std::unique_ptr<Text> last;
    last = std::make_unique<Text>();
    for (int i = 0; i < 10; ++i) std::make_unique<Text>();
  });
}

TEST(Recycled, ServesSharedPointers) {
  if (!recycles_memory) return;
  on_a_new_thread([] {
    std::allocate_shared<int>(RecyclingAllocator<int>(), 1).reset();
    EXPECT_EQ(recycled_blocks(), 1u);
    const std::shared_ptr<int> again = std::allocate_shared<int>(RecyclingAllocator<int>(), 2);
    EXPECT_EQ(recycled_blocks(), 0u);
    EXPECT_EQ(*again, 2);
  });
}

}  // namespace
}  // namespace signaling::base
