#include "application.hpp"

#include <string>

#include "announcements.hpp"
#include "dispatch.hpp"
#include "rooms.hpp"

namespace signaling::webrtc_signaling {

using plugin_api::ConfigView;
using plugin_api::Problems;

void SignalingApplication::validate(const ConfigView& config, Problems& problems) { read_options(config, problems); }

void SignalingApplication::start(const ConfigView& config, Problems& problems) {
  options_ = std::make_shared<const Options>(read_options(config, problems));
  metrics_.emplace(host_);
  loops_ = plugin_api::PerLoop<Loop>(host_, [this](std::uint32_t) { return Loop(host_, *metrics_, options_); });
}

void SignalingApplication::reload(const ConfigView& config, Problems& problems) {
  plugin_api::CountingProblems counted(problems);
  Options fresh = read_options(config, counted);
  if (counted.has_any()) return;
  fresh.namespace_name = options_->namespace_name;  // claimed once and for all
  options_ = std::make_shared<const Options>(std::move(fresh));
  loops_.on_each([options = options_](Loop& loop) { loop.options = options; });
}

void SignalingApplication::claim_namespaces(plugin_api::NamespaceClaims& claims) { claims.claim(options_->namespace_name); }

void SignalingApplication::on_event(plugin_api::Socket& socket, const plugin_api::Event& event) {
  dispatch(loops_.of(socket), socket, event);
}

void SignalingApplication::on_disconnect(plugin_api::Socket& socket, std::string_view) {
  webrtc_signaling::on_disconnect(loops_.of(socket), socket);
}

void SignalingApplication::on_members_changed(std::string_view room, std::span<const plugin_api::MemberChange> changes) {
  announce_changes(loops_.here(), std::string(core_room_prefix).append(room), changes);
}

}  // namespace signaling::webrtc_signaling
