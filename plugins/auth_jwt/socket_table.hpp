#pragma once
// The sockets of one loop that came with a token: whose each is, and until when.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "expiry_queue.hpp"
#include "revocations.hpp"
#include "verifier.hpp"

namespace signaling::auth_jwt {

struct SocketRecord {
  std::string namespace_name;
  std::shared_ptr<const Identity> identity;
  std::int64_t deadline_ms = 0;  ///< when its token is over, leeway included; 0: never
  bool was_warned = false;
  bool is_revoked = false;     ///< to be disconnected as soon as it is connected
  std::int64_t queued_ms = 0;  ///< its place in the queue; 0: none
};

/// On its loop alone.
class SocketTable {
 public:
  /// In place of what was there of that socket.
  SocketRecord& put(const std::string& id, SocketRecord record);
  SocketRecord* find(const std::string& id);
  void remove(const std::string& id);
  std::size_t size() const noexcept { return records_.size(); }

  /// Looks at the socket again at that moment, and at no other.
  void schedule(const std::string& id, SocketRecord& record, std::int64_t due_ms);
  /// The next that is due, and is then scheduled no more.
  std::optional<std::string> take_due(std::int64_t now_ms);
  std::optional<std::int64_t> next_due() const { return queue_.next(); }

  /// Ids of those whose token is meant.
  std::vector<std::string> find_meant(const Revocation& revocation) const;

 private:
  void index(const std::string& id, const Claims& claims);
  void forget(const std::string& id, const Claims& claims);

  std::unordered_map<std::string, SocketRecord> records_;
  std::unordered_multimap<std::string, std::string> by_name_;  ///< `Revocations::key_of` to id
  ExpiryQueue queue_;
};

}  // namespace signaling::auth_jwt
