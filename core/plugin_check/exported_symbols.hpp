#pragma once
// What a shared library offers to others.

#include <string>
#include <vector>

namespace signaling::plugin_check {

/// Names of the symbols that the library defines for all and that are its own: without those that the standard library's
/// headers make in every library, and the linker's. Reads the file, runs nothing. Throws std::runtime_error where it is no
/// library of this machine.
std::vector<std::string> exported_symbols(const std::string& file);

}  // namespace signaling::plugin_check
