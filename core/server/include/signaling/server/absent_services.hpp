#pragma once
// Sockets and presence where there are none: `--check`, and tests. Every question is answered at once.

#include <signaling/plugin_api/namespaces.hpp>
#include <signaling/plugin_api/presence.hpp>

namespace signaling::server {

/// No socket is there: emissions go nowhere, queries find nothing. [any thread]
plugin_api::Namespaces& absent_namespaces() noexcept;
/// Every operation is `unavailable`. [any thread]
plugin_api::Presence& absent_presence() noexcept;

}  // namespace signaling::server
