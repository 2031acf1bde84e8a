#pragma once
// A plugin on a fake node, for GoogleTest: every call of it is timed, and what it throws is a failure with its name.

#include <chrono>
#include <exception>
#include <functional>
#include <string>

#include <gtest/gtest.h>

#include "plugin_life.hpp"

namespace signaling::plugin_check {

class ContractFixture : public ::testing::Test {
 protected:
  /// No hook may hold a loop for longer.
  static constexpr std::chrono::milliseconds longest_call{1'000};

  void SetUp() override { ASSERT_TRUE(life_.begin()); }
  void TearDown() override {
    if (HasFatalFailure()) return;
    call("the clients leave", [&] { life_.cluster().stop(); });
    life_.end();
  }

  /// One call into the plugin. False where it threw or took too long, which is told.
  bool call(const std::string& what, const std::function<void()>& run) {
    const auto begin = std::chrono::steady_clock::now();
    try {
      run();
    } catch (const std::exception& error) {
      ADD_FAILURE() << what << ": " << error.what();
      return false;
    } catch (...) {
      ADD_FAILURE() << what << ": it threw what is no std::exception";
      return false;
    }
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
    if (took <= longest_call) return true;
    ADD_FAILURE() << what << ": blocks the loop for " << took.count() << " ms";
    return false;
  }
  testing::FakeNode& node() { return life_.cluster().node(0); }
  testing::FakeHost& host() { return life_.host(); }

  PluginLife life_{PluginUnderTest::get(), [](const std::string& failure) { ADD_FAILURE() << failure; },
                   [](const std::string&) {}};
};

/// What stays of a text in a message.
inline std::string shortened(std::string_view text) {
  return text.size() <= 80 ? std::string(text) : std::string(text.substr(0, 80)) + "…";
}

}  // namespace signaling::plugin_check
