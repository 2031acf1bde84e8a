#pragma once
// What the plugin keeps per event loop. Everything a request touches lives here or at its socket, so that nothing is locked.

#include <memory>
#include <string>
#include <utility>

#include <signaling/plugin_api/host.hpp>
#include <signaling/plugin_api/namespaces.hpp>
#include <signaling/plugin_api/presence.hpp>

#include "departures.hpp"
#include "metrics.hpp"
#include "options.hpp"
#include "request.hpp"
#include "signal_reply.hpp"

namespace signaling::webrtc_signaling {

/// On its own loop alone, from the first connection on.
struct Loop {
  Loop(plugin_api::Host& of_host, const Metrics& of_plugin, std::shared_ptr<const Options> in_force)
      : host(of_host),
        namespaces(of_host.namespaces()),
        presence(of_host.presence()),
        metrics(of_plugin),
        options(std::move(in_force)),
        signal_replies(*this),
        departures(*this) {}
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  plugin_api::Host& host;
  plugin_api::Namespaces& namespaces;
  plugin_api::Presence& presence;
  const Metrics& metrics;
  std::shared_ptr<const Options> options;  ///< replaced by a task of this loop on reload

  RequestBuffers buffers;
  std::string text;  ///< payloads that are built, not pieced together
  SignalReplies signal_replies;
  Departures departures;
};

}  // namespace signaling::webrtc_signaling
