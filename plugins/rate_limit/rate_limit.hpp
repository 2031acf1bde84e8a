#pragma once
// The middleware: what comes in is asked for at the buckets, and goes on, waits, or goes no further.

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include <signaling/plugin_api/basic_plugin.hpp>
#include <signaling/plugin_api/handshake_refusals.hpp>
#include <signaling/plugin_api/host.hpp>
#include <signaling/plugin_api/per_loop.hpp>
#include <signaling/plugin_api/timer.hpp>

#include "buckets.hpp"
#include "held_verdicts.hpp"
#include "metrics.hpp"
#include "rule_set.hpp"
#include "shared_buckets.hpp"
#include "socket_states.hpp"

namespace signaling::rate_limit {

class RateLimit final : public plugin_api::BasicMiddleware {
 public:
  explicit RateLimit(plugin_api::Host& host) : host_(host) {}
  void validate(const plugin_api::ConfigView& config, plugin_api::Problems& problems) override;
  void start(const plugin_api::ConfigView& config, plugin_api::Problems& problems) override;
  /// Each loop gets the new rules; the buckets stay.
  void reload(const plugin_api::ConfigView& config, plugin_api::Problems& problems) override;
  void stop() override;

  std::uint32_t hooks() const override;
  void on_handshake(const plugin_api::Handshake& handshake, plugin_api::Verdict& verdict) override;
  void on_connect(plugin_api::Socket& socket, plugin_api::Verdict& verdict) override;
  void on_event(plugin_api::Socket& socket, const plugin_api::Event& event, plugin_api::Verdict& verdict) override;
  void on_disconnect(plugin_api::Socket& socket, std::string_view reason) override;

 private:
  /// What one loop has for itself.
  struct Loop {
    std::shared_ptr<const RuleSet> rules;
    SocketStates sockets;
    HeldVerdicts held;
  };
  enum class Opening : std::uint8_t { handshake, connect };

  void open(Opening opening, Loop& loop, std::span<const Rule> rules, const Parties& parties, plugin_api::Verdict& verdict);
  void refuse(Opening opening, const Decision& decision, plugin_api::Verdict& verdict);
  void limit(plugin_api::Socket& socket, SocketState& state, const plugin_api::Event& event, const Decision& decision,
             std::int64_t now_ms, plugin_api::Verdict& verdict);
  void pass_later(Loop& loop, double wait_ms, plugin_api::Verdict& deferred);
  /// On the first loop, again and again: what the other nodes and the metrics are to know.
  void tick();

  plugin_api::Host& host_;
  Slots slots_;
  std::optional<Metrics> metrics_;
  plugin_api::HandshakeRefusals* refusals_ = nullptr;
  std::optional<Buckets> buckets_;
  std::optional<SharedBuckets> shared_;
  plugin_api::PerLoop<Loop> loops_;
  plugin_api::Timer tick_;
  std::array<std::uint64_t, 2> told_evicted_{};  ///< addresses, identities; on the first loop
};

}  // namespace signaling::rate_limit
