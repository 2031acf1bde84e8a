#pragma once
// What one check finds.

#include <string>
#include <vector>

namespace signaling::plugin_check {

/// Made in the check's own process; what is added has reached the parent when the function returns, so that nothing is lost
/// where the process dies or is killed right after.
class Findings {
 public:
  /// @param descriptor  of the pipe to the parent
  explicit Findings(int descriptor) : descriptor_(descriptor) {}

  /// The plugin breaks a rule; one line or several for people.
  void fail(const std::string& text) { write('F', text); }
  /// Works, and had better be different.
  void warn(const std::string& text) { write('W', text); }
  /// What is done from here on: named where the process then hangs or dies.
  void step(const std::string& text) { write('S', text); }
  /// The check has come to its end. Without it the parent tells that it has not.
  void finish() { write('D', {}); }

 private:
  void write(char kind, const std::string& text);

  const int descriptor_;
};

enum class CheckState { passed, warned, failed, left_out };

struct CheckResult {
  std::string name;
  CheckState state = CheckState::passed;
  std::vector<std::string> reasons;  ///< failures first, then warnings; or why it was left out
  long milliseconds = 0;
};

}  // namespace signaling::plugin_check
