#pragma once
// The threads that plugins began while they ran, and left behind.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <signaling/server/plugin_hooks.hpp>

namespace signaling::server {

struct LeftThread {
  int id;
  std::string name;
};

/// What runs and is not among `known`, after a moment's grace, by the number of the plugin whose code is nearest on its stack;
/// `socketio::unknown_plugin` where no plugin's is. Nothing of the server's own may have begun since `known` was read, but
/// what has ended again.
std::map<std::uint32_t, std::vector<LeftThread>> left_threads(std::vector<int> known, const PluginHooks& hooks);

/// `2 threads that began while the server ran run on after all plugins were destroyed: 17 (name), 18 (name)`
std::string to_text(const std::vector<LeftThread>& threads);

}  // namespace signaling::server
