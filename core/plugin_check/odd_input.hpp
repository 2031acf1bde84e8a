#pragma once
// What a server may hand to a plugin and no author thinks of: valid, and odd.

#include <string>
#include <vector>

namespace signaling::plugin_check {

struct OddEvent {
  std::string what;  ///< for people
  std::string name;
  std::string args;  ///< without brackets
  std::vector<std::string> attachments;
};

/// Names of events: `known` (at most 32) and odd ones, at most 256 bytes each.
std::vector<std::string> odd_names(const std::vector<std::string>& known);
/// Each kind of arguments that a client may send, for each of the names.
std::vector<OddEvent> odd_events(const std::vector<std::string>& names);
/// `auth` of a CONNECT: JSON objects.
std::vector<std::string> odd_auths();

}  // namespace signaling::plugin_check
