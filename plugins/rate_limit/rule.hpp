#pragma once
// One rule of the configuration, ready for use.

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "level.hpp"

namespace signaling::rate_limit {

/// Who shares one bucket.
enum class Scope : std::uint8_t { socket, address, identity };
/// What takes tokens out of it.
enum class Subject : std::uint8_t { handshakes, connects, events, bytes };
/// What happens to that for which there is no token.
enum class Action : std::uint8_t { delay, drop, disconnect };

inline constexpr std::size_t scope_count = 3;
inline constexpr std::size_t subject_count = 4;
inline constexpr std::size_t action_count = 3;

constexpr std::string_view to_string(Scope scope) noexcept {
  constexpr std::string_view texts[] = {"socket", "address", "identity"};
  return texts[static_cast<std::size_t>(scope)];
}
constexpr std::string_view to_string(Subject subject) noexcept {
  constexpr std::string_view texts[] = {"handshakes", "connects", "events", "bytes"};
  return texts[static_cast<std::size_t>(subject)];
}
constexpr std::string_view to_string(Action action) noexcept {
  constexpr std::string_view texts[] = {"delay", "drop", "disconnect"};
  return texts[static_cast<std::size_t>(action)];
}

struct Rule {
  std::string name;
  Scope scope = Scope::socket;
  Subject subject = Subject::events;
  Action action = Action::drop;
  Bounds bounds;
  std::vector<std::string> events;  ///< empty: all
  bool is_shared = false;           ///< counted over the whole cluster, where that can be done
  /// Names the buckets of this rule; the same for a rule of the same name and scope after a reload.
  std::uint32_t slot = 0;

  bool concerns(std::string_view event) const noexcept {
    return events.empty() || std::find(events.begin(), events.end(), event) != events.end();
  }
};

}  // namespace signaling::rate_limit
