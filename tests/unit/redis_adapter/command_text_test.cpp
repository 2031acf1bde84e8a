#include "redis_adapter/command_text.hpp"

#include <gtest/gtest.h>

namespace signaling::redis_adapter {
namespace {

TEST(CommandText, IsBinarySafe) {
  EXPECT_EQ(command_text({"SET", std::string_view("a\0b", 3), ""}),
            std::string("*3\r\n$3\r\nSET\r\n$3\r\na\0b\r\n$0\r\n\r\n", 28));
}

TEST(Script, IsNamedByItsSha1) { EXPECT_EQ(Script("return 1").sha1(), "e0e1f9fabfc9d4800c877a703b823ac0578ff8db"); }

TEST(EvalText, IsTheEvalOfTheSameKeysAndArguments) {
  const Script script("return ARGV[1]");
  const std::vector<std::string_view> keys{"k1", "k2"};
  const std::vector<std::string_view> args{"x"};
  const auto evalsha = evalsha_text(script, keys, args);
  EXPECT_EQ(evalsha, command_text({"EVALSHA", script.sha1(), "2", "k1", "k2", "x"}));
  EXPECT_EQ(eval_text(evalsha, script), command_text({"EVAL", script.source(), "2", "k1", "k2", "x"}));
}

}  // namespace
}  // namespace signaling::redis_adapter
