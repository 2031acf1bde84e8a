#pragma once
// Requests and WebSockets between nodes, as they are told on `/metrics`.

#include <span>

#include <signaling/forwarding/counters.hpp>
#include <signaling/server/metrics_page.hpp>

namespace signaling::server {

/// Sums over the loops; pointers outlive the call.
void collect_forwarding(std::span<const forwarding::Counters* const> loops, MetricsPage& page);

}  // namespace signaling::server
