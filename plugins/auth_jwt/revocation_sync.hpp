#pragma once
// One table of revocations on all nodes: each revocation is told to all, a node that starts asks the others for theirs, and all
// compare what they have from time to time, so that what was lost on the way (an adapter that was away) is made up for.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <signaling/plugin_api/host.hpp>
#include <signaling/plugin_api/peers.hpp>

#include "metrics.hpp"
#include "revocations.hpp"

namespace signaling::auth_jwt {

/// Ends the sockets of this node that are meant, on all of its loops; tells how many on the calling loop.
using DisconnectSockets = std::function<void(const Revocation& revocation, std::function<void(std::size_t disconnected)> done)>;

/// What became of one revocation.
struct RevokeReport {
  bool is_full = false;              ///< no room here: nothing was done
  std::size_t disconnected = 0;      ///< sockets of all nodes that have answered
  std::vector<std::string> nodes;    ///< others that have it
  std::vector<std::string> full;     ///< others without room
  std::vector<std::string> missing;  ///< others that have not answered
  bool is_alone = false;             ///< the adapter is away: nobody else was told
  bool is_everywhere() const noexcept { return !is_full && full.empty() && missing.empty() && !is_alone; }
};

/// On loop 0, but for what says otherwise.
class RevocationSync final : public plugin_api::PeerHandler {
 public:
  static constexpr std::uint32_t answer_timeout_ms = 3'000;
  static constexpr std::uint32_t first_answer_timeout_ms = 2'000;  ///< CONNECTs wait for it at a start
  static constexpr std::size_t page_size = 1'000;

  /// @param peers         nullptr: there are no others
  /// @param synchronized  called once: what the others have is known, or they do not answer; any loop
  RevocationSync(plugin_api::Host& host, plugin_api::Peers* peers, Revocations& revocations, const Metrics& metrics,
                 DisconnectSockets disconnect, std::function<void()> synchronized);

  /// Asks the others for the first time, and compares from then on.
  void start(std::int64_t interval_ms);
  void set_interval(std::int64_t interval_ms) { interval_ms_ = interval_ms; }
  void revoke(const Revocation& revocation, std::function<void(const RevokeReport&)> done);

  void on_peer_event(std::string_view from_node, const plugin_api::Event& event, plugin_api::ServerReply& reply) override;

 private:
  void pull(std::string after, std::uint32_t timeout_ms);
  void end_pull(bool is_complete);
  void compare();
  void sweep();
  bool take(std::string_view text);
  void answer_revoke(std::string_view argument, plugin_api::ServerReply& reply);
  void answer_pull(std::string_view after, plugin_api::ServerReply& reply) const;

  plugin_api::Host& host_;
  plugin_api::Peers* const peers_;
  Revocations& revocations_;
  const Metrics& metrics_;
  const DisconnectSockets disconnect_;
  std::function<void()> synchronized_;  ///< empty once called
  std::int64_t interval_ms_ = 30'000;
  bool is_pulling_ = false;
};

}  // namespace signaling::auth_jwt
