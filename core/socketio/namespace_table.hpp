#pragma once
// Which application serves a namespace: exact names before patterns.

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <signaling/plugin_api/application.hpp>
#include <signaling/plugin_api/namespace_pattern.hpp>

namespace signaling::socketio {

struct ApplicationBinding {
  plugin_api::Application* application;
  std::uint32_t plugin;  ///< number for the HookObserver
  std::string name;
};

using plugin_api::matches_pattern;

/// Filled at start, then read by all loops.
class NamespaceTable {
 public:
  /// Throws std::runtime_error where the name is no namespace name (`/…`, printable, no `,` `?` or blanks) or is taken.
  void claim(std::string_view name_or_pattern, const ApplicationBinding& application);
  /// nullptr where nobody claims it.
  const ApplicationBinding* find(std::string_view name) const;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
  };
  std::unordered_map<std::string, const ApplicationBinding*, Hash, std::equal_to<>> exact_;
  std::vector<std::pair<std::string, const ApplicationBinding*>> patterns_;
};

}  // namespace signaling::socketio
