#pragma once
// The threads of this process, for those that a plugin leaves behind.

#include <cstddef>
#include <vector>

namespace signaling::server {

/// Their kernel ids, sorted; empty where /proc is not there.
std::vector<int> process_threads();

/// How many of these still run, for a moment's grace: a thread that was joined is seen for a little while longer.
std::size_t threads_left(const std::vector<int>& threads);

}  // namespace signaling::server
