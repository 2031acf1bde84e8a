#pragma once
// What a client that joins is told as `iceServers`: servers of the configuration, and TURN servers with credentials of its own.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace signaling::webrtc_signaling {

struct IceServer {
  std::vector<std::string> urls;
  std::string username;    ///< empty: none
  std::string credential;  ///< empty: none
};

struct TurnAccess {
  std::vector<std::string> urls;  ///< empty: there are no such servers
  std::string secret;
  std::int64_t ttl_seconds = 0;
};

/// base64(HMAC-SHA1(secret, username)): the password that coturn's `use-auth-secret` expects of that user name. Pure.
std::string turn_credential(std::string_view secret, std::string_view username);

/// Immutable; [any thread].
class IceServers {
 public:
  IceServers() = default;
  IceServers(const std::vector<IceServer>& servers, TurnAccess turn);

  /// Appends the JSON array for the client with that id. TURN user name: `<unix time of expiry>:<id>`.
  void append_json(std::string_view client_id, std::int64_t now_unix_seconds, std::string& out) const;

 private:
  std::string fixed_;  ///< elements that are the same for everybody, with commas between
  TurnAccess turn_;
  std::string turn_urls_;  ///< JSON array
};

}  // namespace signaling::webrtc_signaling
