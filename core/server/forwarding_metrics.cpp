#include <cstddef>

#include <signaling/server/forwarding_metrics.hpp>

namespace signaling::server {

namespace {

using forwarding::Counters;

template <class Get>
double sum(std::span<const Counters* const> loops, Get get) {
  std::uint64_t total = 0;
  for (const Counters* loop : loops) total += get(*loop).value();
  return static_cast<double>(total);
}

}  // namespace

void collect_forwarding(std::span<const Counters* const> loops, MetricsPage& page) {
  for (std::size_t i = 0; i < forwarding::outcome_count; ++i) {
    page.counter("signaling_forwarded_requests_total", "Requests that came here for a session of another node.",
                 sum(loops, [i](const Counters& c) -> const base::Counter& { return c.outcomes[i]; }),
                 {{"outcome", to_string(static_cast<forwarding::Outcome>(i))}});
  }
  const auto gauge = [&](std::string_view name, std::string_view help, base::Counter Counters::*counter) {
    page.gauge(name, help, sum(loops, [&](const Counters& c) -> const base::Counter& { return c.*counter; }));
  };
  const auto counter = [&](std::string_view name, std::string_view help, base::Counter Counters::*which) {
    page.counter(name, help, sum(loops, [&](const Counters& c) -> const base::Counter& { return c.*which; }));
  };
  gauge("signaling_forwarded_requests_waiting", "Of them, those that wait for the other node now.", &Counters::waiting);
  counter("signaling_served_requests_total", "Requests that came to another node for a session here.", &Counters::served);
  gauge("signaling_served_requests_waiting", "Of them, those not answered yet.", &Counters::serving);
  counter("signaling_served_requests_refused_total", "Of them, those beyond a bound, or not understood.",
          &Counters::served_refused);
  const auto tunnels = [&](std::string_view side, base::Counter Counters::*which) {
    page.gauge("signaling_tunnels", "WebSockets on one node whose session is on another.",
               sum(loops, [&](const Counters& c) -> const base::Counter& { return c.*which; }), {{"side", side}});
  };
  tunnels("client", &Counters::tunnels);
  tunnels("session", &Counters::served_tunnels);
  counter("signaling_forwarding_sent_bytes_total", "Bytes of requests, answers and tunnels to other nodes.",
          &Counters::bytes_sent);
  counter("signaling_forwarding_received_bytes_total", "Bytes of requests, answers and tunnels from other nodes.",
          &Counters::bytes_received);
  counter("signaling_forwarding_malformed_total", "Messages of other nodes about requests that made no sense.",
          &Counters::malformed);
  counter("signaling_forwarding_unknown_items_total", "Parts of such messages that are of a later release, and skipped.",
          &Counters::unknown_items);
  counter("signaling_forwarding_exceptions_total", "Exceptions that left the handler of a forwarded request or message.",
          &Counters::exceptions);
}

}  // namespace signaling::server
