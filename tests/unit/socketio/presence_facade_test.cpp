#include "presence_facade.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <support/idle_adapter.hpp>
#include <vector>

#include "fixture.hpp"

namespace signaling::test {
namespace {

using namespace plugin_api;
using Strings = std::vector<std::string>;

class PresenceTest : public SocketioTest {};

TEST_F(PresenceTest, IsUnavailableWithoutAdapter) {
  make();
  Status told = Status::ok;
  server->presence("app").list("r", make_presence_handler([&](Status status, std::uint64_t, bool, auto) { told = status; }));
  EXPECT_EQ(told, Status::unavailable);
}

/// Answers when the test says so, as often as it says.
class SlowAdapter final : public IdleAdapter {
 public:
  void presence_put(std::string_view, std::string_view, std::string_view, std::uint32_t, PresenceHandler& handler) override {
    waiting.push_back(&handler);
  }
  void presence_remove(std::string_view, std::string_view, PresenceHandler& handler) override { waiting.push_back(&handler); }
  void presence_list(std::string_view, PresenceHandler& handler) override { waiting.push_back(&handler); }

  std::vector<PresenceHandler*> waiting;
};

class SlowPresenceTest : public SocketioTest {
 protected:
  SlowPresenceTest() {
    adapter = &slow;
    make();
    for (int i = 0; i < 2; ++i) {
      server->presence("app").list("r", make_presence_handler([this](Status status, auto&&...) { told.push_back(status); }));
    }
  }

  /// What an adapter owes in any case.
  void let_go(PresenceHandler& handler) {
    handler.on_presence(Status::unavailable, 0, false, {});
    handler.release();
    run();
  }

  SlowAdapter slow;
  std::vector<Status> told;
};

TEST_F(SlowPresenceTest, TellsTheFirstOfTwoAnswersAlone) {
  PresenceHandler& answer = *slow.waiting.front();
  answer.on_presence(Status::ok, 1, false, {});
  answer.on_presence(Status::full, 1, false, {});
  answer.release();
  answer.on_presence(Status::full, 1, false, {});
  answer.release();
  run();
  EXPECT_EQ(told, std::vector<Status>{Status::ok});
  EXPECT_EQ(hooks.faults, Strings({"completed_twice: a second answer to a presence operation",
                                   "completed_twice: a second answer to a presence operation",
                                   "completed_twice: a second release of a presence operation"}));
  let_go(*slow.waiting.back());
}

TEST_F(SlowPresenceTest, TakesAnAnswerOfAnotherThread) {
  const PresenceEntry other{"b", "{}", 3};
  loop().set_current(false);
  slow.waiting.back()->on_presence(Status::ok, 4, true, {&other, 1});
  slow.waiting.back()->release();
  EXPECT_TRUE(told.empty());
  run();
  EXPECT_EQ(told, std::vector<Status>{Status::ok});
  let_go(*slow.waiting.front());
}

TEST_F(SlowPresenceTest, GivesUpAfterHalfAMinute) {
  loop().advance(std::chrono::milliseconds(29'999));
  EXPECT_TRUE(told.empty());
  loop().advance(std::chrono::milliseconds(1));
  EXPECT_EQ(told, std::vector<Status>({Status::timeout, Status::timeout}));
  EXPECT_EQ(hooks.faults, Strings(2, "never_completed: no answer to a presence operation in time"));
  // Nobody hears what comes then, on whichever thread.
  hooks.faults.clear();
  slow.waiting.front()->on_presence(Status::ok, 1, false, {});
  loop().set_current(false);
  slow.waiting.back()->on_presence(Status::ok, 1, false, {});
  run();
  for (PresenceHandler* handler : slow.waiting) handler->release();
  EXPECT_EQ(told.size(), 2U);
  EXPECT_EQ(hooks.faults, Strings(2, "completed_twice: an answer to a presence operation that was given up"));
}

TEST_F(SlowPresenceTest, RefusesAThreadThatIsNoLoop) {
  loop().set_current(false);
  Status status = Status::ok;
  server->presence("app").list("r", make_presence_handler([&](Status told_status, auto&&...) { status = told_status; }));
  EXPECT_EQ(status, Status::invalid);
  ASSERT_EQ(hooks.faults.size(), 1U);
  EXPECT_TRUE(hooks.faults.front().starts_with("wrong_thread: Presence called on a thread"));
  loop().set_current(true);
  for (PresenceHandler* handler : slow.waiting) let_go(*handler);
}

TEST(PresenceKey, KeepsPluginsApart) { EXPECT_EQ(socketio::presence_key("app", "r"), "app\nr"); }

}  // namespace
}  // namespace signaling::test
