#pragma once
// One check in a process of its own.

#include <chrono>
#include <functional>
#include <string>

#include "findings.hpp"

namespace signaling::plugin_check {

/// Forks, runs `check` there and waits for it, at most `limit`; a process that is not done by then is killed. Whatever the
/// plugin does (crash, exit, hang, print) becomes a result. The calling process must have one thread and have loaded no plugin.
CheckResult run_in_child(const std::string& name, std::chrono::milliseconds limit, const std::function<void(Findings&)>& check);

}  // namespace signaling::plugin_check
