#pragma once
// Where the files lie that belong to the program: the same configuration works in a build tree and after `cmake --install`.

#include <filesystem>
#include <string>

namespace signaling::server {

/// Prefix of the running program: the directory above that of the binary (`build/release` of `build/release/bin/…`, `/usr` of
/// `/usr/bin/…`).
std::filesystem::path installation_prefix();

/// A directory of the configuration. An absolute one stays; a relative one is looked for below the prefix, then below the
/// prefix's `lib/signaling` (as installed: `lib/x86_64-linux-gnu/signaling` where the distribution has it so) and
/// `share/signaling`; the first that exists, else below the prefix.
std::filesystem::path find_directory(const std::string& directory, const std::filesystem::path& prefix = installation_prefix());

/// The program is installed, and does not run where it was built.
bool is_installed(const std::filesystem::path& prefix = installation_prefix());

/// As `find_directory`, for what an installation has in `share/signaling`: where it is nowhere, the place where it is missed.
std::filesystem::path find_data_directory(const std::string& directory,
                                          const std::filesystem::path& prefix = installation_prefix());

/// The configuration that documents every key: where a package or an installation has it, else as the source tree names it.
std::filesystem::path documented_configuration(const std::filesystem::path& prefix = installation_prefix());

}  // namespace signaling::server
