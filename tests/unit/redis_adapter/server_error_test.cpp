#include "redis_adapter/server_error.hpp"

#include <gtest/gtest.h>

namespace signaling::redis_adapter {
namespace {

TEST(ClassifyError, ReadsRedirections) {
  const auto moved = classify_error("MOVED 3999 127.0.0.1:6381");
  EXPECT_EQ(moved.remedy, Remedy::moved);
  EXPECT_EQ(moved.slot, 3999u);
  EXPECT_EQ(moved.address, (ServerAddress{"127.0.0.1", 6381, ""}));
  const auto ask = classify_error("ASK 1 cache.example:7000");
  EXPECT_EQ(ask.remedy, Remedy::ask);
  EXPECT_EQ(ask.address, (ServerAddress{"cache.example", 7000, ""}));
}

TEST(ClassifyError, ReadsHostsThatAreNoNames) {
  EXPECT_EQ(classify_error("MOVED 1 fd00::5:7000").address, (ServerAddress{"fd00::5", 7000, ""}));
  EXPECT_EQ(classify_error("MOVED 1 :7000").address, (ServerAddress{"", 7000, ""}));
  EXPECT_EQ(classify_error("MOVED 1 ?:7000").address, (ServerAddress{"", 7000, ""}));
}

TEST(ClassifyError, TakesAMalformedRedirectionForFinal) {
  for (const std::string_view text :
       {"MOVED", "MOVED 1", "MOVED x 127.0.0.1:1", "MOVED 1 127.0.0.1", "ASK 1 127.0.0.1:", "MOVED:1"})
    EXPECT_EQ(classify_error(text).remedy, Remedy::none) << text;
}

TEST(ClassifyError, KnowsWhatPasses) {
  for (const std::string_view text :
       {"TRYAGAIN Multiple keys request during rehashing of slot", "CLUSTERDOWN The cluster is down",
        "LOADING Redis is loading the dataset in memory", "BUSY Redis is busy running a script"})
    EXPECT_EQ(classify_error(text).remedy, Remedy::try_later) << text;
  EXPECT_EQ(classify_error("NOSCRIPT No matching script. Please use EVAL.").remedy, Remedy::no_script);
}

TEST(ClassifyError, KnowsAMasterThatIsNoneAnyMore) {
  EXPECT_EQ(classify_error("READONLY You can't write against a read only replica.").remedy, Remedy::demoted);
  EXPECT_EQ(classify_error("READONLY You can't write against a read only replica. script: f, on @user_script:1.").remedy,
            Remedy::demoted);
  EXPECT_EQ(classify_error("ERR Error running script (call to f_1): @user_script:1: @user_script: 1: -READONLY You can't write")
                .remedy,
            Remedy::demoted);
  EXPECT_EQ(classify_error("MASTERDOWN Link with MASTER is down").remedy, Remedy::demoted);
}

TEST(ClassifyError, LeavesTheRestToTheCaller) {
  for (const std::string_view text :
       {"", "ERR unknown command", "WRONGTYPE Operation", "NOPERM this user", "OOM command", "MOVEDX 1"})
    EXPECT_EQ(classify_error(text).remedy, Remedy::none) << text;
}

}  // namespace
}  // namespace signaling::redis_adapter
