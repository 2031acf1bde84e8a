#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include <gtest/gtest.h>

#include <signaling/server/startup_thread.hpp>

namespace signaling::server {
namespace {

TEST(StartupThread, MakesEveryCallOnTheSameOtherThread) {
  StartupThread thread;
  std::thread::id first;
  std::thread::id second;
  EXPECT_TRUE(thread.run([&] { first = std::this_thread::get_id(); }, std::nullopt));
  EXPECT_TRUE(thread.run([&] { second = std::this_thread::get_id(); }, std::chrono::minutes(1)));
  EXPECT_EQ(first, second);
  EXPECT_NE(first, std::this_thread::get_id());
}

TEST(StartupThread, GivesUpALateCallAndMakesNoOther) {
  struct Gate {
    std::mutex mutex;
    std::condition_variable changed;
    bool is_open = false;
    bool is_passed = false;
  };
  const auto gate = std::make_shared<Gate>();
  const auto wait_for = [gate](bool Gate::*flag) {
    std::unique_lock lock(gate->mutex);
    return gate->changed.wait_for(lock, std::chrono::minutes(1), [&] { return (*gate).*flag; });
  };
  const auto set = [gate](bool Gate::*flag) {
    const std::lock_guard lock(gate->mutex);
    (*gate).*flag = true;
    gate->changed.notify_all();
  };
  {
    StartupThread thread;
    EXPECT_FALSE(thread.run(
        [=] {
          wait_for(&Gate::is_open);
          set(&Gate::is_passed);
        },
        std::chrono::milliseconds(1)));
    EXPECT_TRUE(thread.is_stuck());
    EXPECT_FALSE(thread.run([] { ADD_FAILURE() << "called"; }, std::nullopt));
  }
  // Here the late call does end, so that the test leaves no thread behind.
  set(&Gate::is_open);
  EXPECT_TRUE(wait_for(&Gate::is_passed));
}

}  // namespace
}  // namespace signaling::server
