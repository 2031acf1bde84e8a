#include "application.hpp"

#include <string>

#include <signaling/plugin_api/callbacks.hpp>

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
  for (std::uint32_t i = 0; i < host_.loop_count(); ++i) {
    loops_.push_back(std::make_unique<Loop>(host_, *metrics_, options_));
  }
}

void SignalingApplication::reload(const ConfigView& config, Problems& problems) {
  plugin_api::CountingProblems counted(problems);
  Options fresh = read_options(config, counted);
  if (counted.has_any()) return;
  fresh.namespace_name = options_->namespace_name;  // claimed once and for all
  options_ = std::make_shared<const Options>(std::move(fresh));
  for (std::uint32_t i = 0; i < loops_.size(); ++i) {
    host_.post(i, plugin_api::make_task([&loop = *loops_[i], options = options_] { loop.options = options; }));
  }
}

void SignalingApplication::claim_namespaces(plugin_api::NamespaceClaims& claims) { claims.claim(options_->namespace_name); }

void SignalingApplication::on_event(plugin_api::Socket& socket, const plugin_api::Event& event) {
  dispatch(*loops_[socket.loop()], socket, event);
}

void SignalingApplication::on_disconnect(plugin_api::Socket& socket, std::string_view) {
  webrtc_signaling::on_disconnect(*loops_[socket.loop()], socket);
}

void SignalingApplication::on_members_changed(std::string_view room, std::span<const plugin_api::MemberChange> changes) {
  announce_changes(*loops_[host_.current_loop()], std::string(core_room_prefix).append(room), changes);
}

}  // namespace signaling::webrtc_signaling
