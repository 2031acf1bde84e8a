#pragma once
// What this plugin counts; events, bytes and connections are counted by the server.

#include <array>

#include <signaling/plugin_api/host.hpp>

#include "refusal.hpp"

namespace signaling::webrtc_signaling {

struct Metrics {
  std::array<plugin_api::Metric*, error_code_count> refused;
  plugin_api::Metric* departures_waiting;  ///< peers that left and that presence could not yet remove

  explicit Metrics(plugin_api::Host& host) {
    for (std::size_t code = 0; code < error_code_count; ++code) {
      const plugin_api::Label label{"code", to_string(static_cast<ErrorCode>(code))};
      refused[code] = &host.metric(plugin_api::MetricKind::counter, "refused_requests_total", "Requests refused, by error code",
                                   {&label, 1});
    }
    departures_waiting =
        &host.metric(plugin_api::MetricKind::gauge, "departures_waiting", "Peers that left while presence did not answer", {});
  }
};

}  // namespace signaling::webrtc_signaling
