#pragma once
// The threads of this process, as the kernel lists them. [any thread]

#include <cstdint>
#include <string>
#include <vector>

namespace signaling::server {

/// Their kernel ids, sorted; empty where /proc is not there.
std::vector<int> process_threads();

/// Those of these that still run, after a moment's grace: a thread that was joined is seen for a little while longer.
std::vector<int> threads_left(std::vector<int> threads);

/// What it calls itself, at most 15 bytes; empty where it has ended.
std::string thread_name(int thread);

/// The words on the stack of a thread that waits, from its top, and what lies behind a short stack: at most 64 KiB. Return
/// addresses are among them. Empty where the thread runs, has ended, or the kernel does not tell.
std::vector<std::uintptr_t> stack_words(int thread);

}  // namespace signaling::server
