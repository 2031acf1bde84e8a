#pragma once
// Which build this is.

#include <string>
#include <string_view>

namespace signaling::server {

/// `major.minor.patch`
std::string_view server_version() noexcept;
/// `GCC 12.2.0`
std::string_view compiler_version() noexcept;
/// The line of `--version`.
std::string version_line();

}  // namespace signaling::server
