#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signaling/plugin_api/json_build.hpp>
#include <signaling/plugin_api/later_reply.hpp>

namespace signaling::plugin_api {
namespace {

using ::testing::ElementsAre;

class FakeReply final : public ServerReply {
 public:
  std::vector<std::string> answers;
  bool is_deferred = false;

  bool wanted() const override { return true; }
  void answer(const Payload& args) override { answers.emplace_back(args.text.front()); }
  ServerReply& defer() override {
    EXPECT_FALSE(std::exchange(is_deferred, true));
    return *this;
  }
};

TEST(LaterReply, IsGivenOnce) {
  FakeReply reply;
  {
    LaterReply later(reply);
    LaterReply moved = std::move(later);
    EXPECT_FALSE(moved.is_answered());
    EXPECT_TRUE(moved.answer(json::Pieces("[1]")));
    EXPECT_FALSE(moved.answer(json::Pieces("[2]")));
    EXPECT_TRUE(moved.is_answered());
  }
  EXPECT_TRUE(reply.is_deferred);
  EXPECT_THAT(reply.answers, ElementsAre("[1]"));
}

TEST(LaterReply, SaysThatItFailedWhereItIsForgotten) {
  FakeReply reply;
  { const LaterReply later(reply); }
  EXPECT_THAT(reply.answers, ElementsAre(failed_reply));
  FakeReply other;
  LaterReply replaced(other);
  replaced = LaterReply();
  EXPECT_THAT(other.answers, ElementsAre(failed_reply));
}

}  // namespace
}  // namespace signaling::plugin_api
