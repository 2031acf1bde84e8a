#pragma once
// The plugin: life cycle, and the events of its namespace handed to the loop they came on.

#include <memory>
#include <optional>

#include <signaling/plugin_api/basic_plugin.hpp>
#include <signaling/plugin_api/host.hpp>
#include <signaling/plugin_api/per_loop.hpp>

#include "loop.hpp"
#include "metrics.hpp"
#include "options.hpp"

namespace signaling::webrtc_signaling {

class SignalingApplication final : public plugin_api::BasicApplication {
 public:
  explicit SignalingApplication(plugin_api::Host& host) : host_(host) {}

  void validate(const plugin_api::ConfigView& config, plugin_api::Problems& problems) override;
  void start(const plugin_api::ConfigView& config, plugin_api::Problems& problems) override;
  /// Each loop takes the new options over between two events. Peers that are connected keep what they were told.
  void reload(const plugin_api::ConfigView& config, plugin_api::Problems& problems) override;

  void claim_namespaces(plugin_api::NamespaceClaims& claims) override;
  void on_event(plugin_api::Socket& socket, const plugin_api::Event& event) override;
  void on_disconnect(plugin_api::Socket& socket, std::string_view reason) override;
  void on_members_changed(std::string_view room, std::span<const plugin_api::MemberChange> changes) override;

 private:
  plugin_api::Host& host_;
  std::shared_ptr<const Options> options_;  ///< of the thread of the life cycle
  std::optional<Metrics> metrics_;
  plugin_api::PerLoop<Loop> loops_;
};

}  // namespace signaling::webrtc_signaling
