#pragma once
// Values of a plugin's table in the form that an adapter needs, and what the schema cannot check. [startup], and at a reload

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <signaling/plugin_api/config.hpp>

namespace signaling::broker_parts {

/// Of an integer that the schema keeps from being negative.
std::size_t size_of(const plugin_api::ConfigView& config, std::string_view key);
std::chrono::milliseconds ms_of(const plugin_api::ConfigView& config, std::string_view key);

/// `urls`, else those that `url` separates by commas; never none.
std::vector<std::string> urls_of(const plugin_api::ConfigView& config);
/// The key that they stand under.
std::string_view urls_key(const plugin_api::ConfigView& config);

/// Of `<key>`, else of the file that `<key>_file` names, at most 64 KiB and without the line ends behind it; left as it was
/// where neither is there. Reports both at once, and a file that cannot be read or is empty.
void read_secret(const plugin_api::ConfigView& config, const std::string& key, std::string& secret,
                 plugin_api::Problems& problems);
/// Left as it was where the key is not there. Reports a file that cannot be read.
void read_file_name(const plugin_api::ConfigView& config, std::string_view key, std::string& path,
                    plugin_api::Problems& problems);

}  // namespace signaling::broker_parts
