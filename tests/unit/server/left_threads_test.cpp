#include <future>
#include <pthread.h>
#include <thread>

#include <gtest/gtest.h>

#include <signaling/server/left_threads.hpp>
#include <signaling/server/process_threads.hpp>

namespace signaling::server {
namespace {

/// Waits until its end.
class WaitingThread {
 public:
  explicit WaitingThread(const char* name)
      : thread_([this, name] {
          ::pthread_setname_np(::pthread_self(), name);
          named_.set_value();
          end_.get_future().wait();
        }) {
    named_.get_future().wait();
  }
  ~WaitingThread() {
    end_.set_value();
    thread_.join();
  }

 private:
  std::promise<void> named_;
  std::promise<void> end_;
  std::thread thread_;
};

class LeftThreadsTest : public testing::Test {
 protected:
  void SetUp() override {
    std::thread([] {}).join();  // a sanitizer begins its own thread with the first
    known_ = process_threads();
  }
  std::vector<int> known_;
  PluginHooks hooks_{1};
};

TEST_F(LeftThreadsTest, AreNoneWhereAllHaveEnded) {
  { const WaitingThread ended("ended"); }
  EXPECT_TRUE(left_threads(known_, hooks_).empty());
}

TEST_F(LeftThreadsTest, AreOfThePluginWhoseCodeIsOnTheirStack) {
  static const char in_this_program = 'p';
  hooks_.add_plugin("another", nullptr);
  const std::uint32_t plugin = hooks_.add_plugin("this", nullptr, &in_this_program);
  const WaitingThread first("first");
  const WaitingThread second("second");
  const auto left = left_threads(known_, hooks_);
  ASSERT_EQ(left.size(), 1U);
  EXPECT_EQ(left.begin()->first, plugin);
  ASSERT_EQ(left.begin()->second.size(), 2U);
  EXPECT_EQ(left.begin()->second[0].name, "first");
  EXPECT_EQ(left.begin()->second[1].name, "second");
}

TEST_F(LeftThreadsTest, AreNobodysWhereNoPluginsCodeIsOnTheirStack) {
  const WaitingThread thread("whose");
  const auto left = left_threads(known_, hooks_);
  ASSERT_EQ(left.size(), 1U);
  EXPECT_EQ(left.begin()->first, socketio::unknown_plugin);
}

TEST_F(LeftThreadsTest, AreNotThoseThatWereKnown) {
  const WaitingThread thread("known");
  EXPECT_TRUE(left_threads(process_threads(), hooks_).empty());
}

TEST(LeftThreadsText, NamesEach) {
  EXPECT_EQ(to_text({{17, "a"}}), "1 thread that began while the server ran runs on after all plugins were destroyed: 17 (a)");
  EXPECT_EQ(to_text({{17, "a"}, {18, "b"}}),
            "2 threads that began while the server ran run on after all plugins were destroyed: 17 (a), 18 (b)");
}

TEST(ProcessThreads, SayNothingOfAThreadThatIsNotThere) {
  EXPECT_EQ(thread_name(-1), "");
  EXPECT_TRUE(stack_words(-1).empty());
}

}  // namespace
}  // namespace signaling::server
