#pragma once
// A new plugin's project, laid down from the templates that are installed with the SDK.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace signaling::server {

/// @param name       of the plugin: a-z, 0-9 and `_`, a letter first
/// @param kind       application, middleware or adapter
/// @param directory  made where it is not there; must be empty
/// @param templates  with a folder for each kind (`find_data_directory("plugin-templates")`)
/// @return the files, relative to `directory`, in order of their names
/// @throws std::runtime_error with what is wrong: nothing has been written then, or the file system has failed
std::vector<std::filesystem::path> lay_down_plugin(std::string_view name, std::string_view kind,
                                                   const std::filesystem::path& directory,
                                                   const std::filesystem::path& templates);

/// `AddressList` for `address_list`.
std::string class_name(std::string_view plugin);

}  // namespace signaling::server
