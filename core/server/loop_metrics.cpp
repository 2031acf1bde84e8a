#include <string>

#include <signaling/server/loop_metrics.hpp>

namespace signaling::server {

namespace {

using engine::CloseReason;
using engine::TransportName;

template <class Enum>
std::size_t index(Enum value) noexcept {
  return static_cast<std::size_t>(value);
}

/// Labels have no blanks: `transport close` as `transport_close`.
std::string label(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c == ' ') c = '_';
  }
  return out;
}

/// Sum of one counter over the loops.
template <class Get>
double sum(std::span<const LoopSources> loops, Get get) {
  std::uint64_t total = 0;
  for (const LoopSources& loop : loops) total += get(loop);
  return static_cast<double>(total);
}

void collect_sessions(std::span<const LoopSources> loops, MetricsPage& page) {
  for (std::size_t t = 0; t < transport_count; ++t) {
    const std::string_view transport = to_string(static_cast<TransportName>(t));
    page.gauge("signaling_sessions", "Engine.IO sessions open now.",
               sum(loops, [t](const LoopSources& l) { return l.engine->sessions[t].value(); }), {{"transport", transport}});
    page.counter("signaling_handshakes_total", "Engine.IO sessions opened.",
                 sum(loops, [t](const LoopSources& l) { return l.engine->opened[t].value(); }), {{"transport", transport}});
    for (std::size_t r = 0; r < close_reason_count; ++r) {
      page.counter("signaling_sessions_closed_total", "Engine.IO sessions closed.",
                   sum(loops, [t, r](const LoopSources& l) { return l.engine->closed[t][r].value(); }),
                   {{"transport", transport}, {"reason", label(to_string(static_cast<CloseReason>(r)))}});
    }
  }
  page.counter("signaling_upgrades_total", "Sessions that moved from polling to WebSocket.",
               sum(loops, [](const LoopSources& l) { return l.engine->upgrades.value(); }));
  for (std::size_t code = 0; code < engine::error_code_count; ++code) {
    page.counter("signaling_engine_errors_total", "Requests refused with an Engine.IO error.",
                 sum(loops, [code](const LoopSources& l) { return l.engine->errors[code].value(); }),
                 {{"code", std::to_string(code)}, {"error", label(to_string(static_cast<engine::ErrorCode>(code)))}});
  }
  for (std::size_t i = 0; i < engine::unavailable_count; ++i) {
    page.counter("signaling_handshakes_unavailable_total", "Handshakes answered with 503.",
                 sum(loops, [i](const LoopSources& l) { return l.engine->unavailable[i].value(); }),
                 {{"reason", label(to_string(static_cast<engine::Unavailable>(i)))}});
  }
}

void collect_messages(std::span<const LoopSources> loops, MetricsPage& page) {
  const auto counter = [&](std::string_view name, std::string_view help, auto get) {
    page.counter(name, help, sum(loops, get));
  };
  counter("signaling_messages_received_total", "Engine.IO messages from clients.",
          [](const LoopSources& l) { return l.engine->messages_received.value(); });
  counter("signaling_messages_sent_total", "Engine.IO messages to clients.",
          [](const LoopSources& l) { return l.engine->messages_sent.value(); });
  counter("signaling_message_received_bytes_total", "Payload of messages from clients.",
          [](const LoopSources& l) { return l.engine->message_bytes_received.value(); });
  counter("signaling_message_sent_bytes_total", "Payload of messages to clients.",
          [](const LoopSources& l) { return l.engine->message_bytes_sent.value(); });
  counter("signaling_events_received_total", "Socket.IO events from clients.",
          [](const LoopSources& l) { return l.socketio->events_in.value(); });
  counter("signaling_acks_received_total", "Socket.IO acknowledgements from clients.",
          [](const LoopSources& l) { return l.socketio->acks_in.value(); });
  counter("signaling_packets_sent_total", "Socket.IO packets to clients: events, acknowledgements, control.",
          [](const LoopSources& l) { return l.socketio->packets_out.value(); });
}

void collect_namespaces(std::span<const LoopSources> loops, MetricsPage& page) {
  const auto gauge = [&](std::string_view name, std::string_view help, auto get) { page.gauge(name, help, sum(loops, get)); };
  gauge("signaling_sockets", "Sockets: clients in namespaces.",
        [](const LoopSources& l) { return l.socketio->sockets.value(); });
  // A room with members on two loops is two rooms here: nobody keeps a list over all loops.
  gauge("signaling_rooms", "Rooms with a member, counted per event loop.",
        [](const LoopSources& l) { return l.socketio->rooms.value(); });
  gauge("signaling_room_memberships", "Members of rooms, summed over the rooms.",
        [](const LoopSources& l) { return l.socketio->memberships.value(); });
  gauge("signaling_namespaces", "Namespaces with a socket, counted per event loop.",
        [](const LoopSources& l) { return l.socketio->namespaces.value(); });
  for (std::size_t r = 0; r < socketio::disconnect_reason_count; ++r) {
    page.counter("signaling_disconnects_total", "Sockets that left their namespace.",
                 sum(loops, [r](const LoopSources& l) { return l.socketio->disconnects[r].value(); }),
                 {{"reason", label(to_string(static_cast<socketio::DisconnectReason>(r)))}});
  }
  for (std::size_t d = 0; d < socketio::drop_count; ++d) {
    page.counter("signaling_drops_total", "What was refused or thrown away by the Socket.IO layer.",
                 sum(loops, [d](const LoopSources& l) { return l.socketio->drops[d].value(); }),
                 {{"reason", to_string(static_cast<socketio::Drop>(d))}});
  }
  page.counter("signaling_engine_drops_total", "Messages that a session did not take.",
               sum(loops, [](const LoopSources& l) { return l.engine->dropped_volatile.value(); }), {{"reason", "volatile"}});
  page.counter("signaling_engine_drops_total", "Messages that a session did not take.",
               sum(loops, [](const LoopSources& l) { return l.engine->dropped_overflow.value(); }), {{"reason", "queue_full"}});
}

void collect_connections(std::span<const LoopSources> loops, MetricsPage& page) {
  const auto counter = [&](std::string_view name, std::string_view help, auto get) {
    page.counter(name, help, sum(loops, get));
  };
  // A connection may move, and is then closed on another loop than it was accepted on: only the sums make sense.
  const double accepted = sum(loops, [](const LoopSources& l) { return l.net->accepted.value(); });
  const double closed = sum(loops, [](const LoopSources& l) { return l.net->closed.value(); });
  page.gauge("signaling_connections", "TCP connections now.", accepted > closed ? accepted - closed : 0);
  page.counter("signaling_connections_accepted_total", "TCP connections accepted.", accepted);
  counter("signaling_connections_moved_total", "Connections handed to the loop of their session.",
          [](const LoopSources& l) { return l.net->moved.value(); });
  counter("signaling_tls_handshakes_total", "TLS handshakes finished.",
          [](const LoopSources& l) { return l.net->tls_handshakes.value(); });
  counter("signaling_http_requests_total", "HTTP requests.", [](const LoopSources& l) { return l.net->requests.value(); });
  counter("signaling_network_received_bytes_total", "Bytes read from sockets.",
          [](const LoopSources& l) { return l.net->bytes_received.value(); });
  counter("signaling_network_sent_bytes_total", "Bytes written to sockets.",
          [](const LoopSources& l) { return l.net->bytes_sent.value(); });
  counter("signaling_network_writes_total", "System calls that wrote to sockets.",
          [](const LoopSources& l) { return l.net->sends.value(); });
  const double opened = sum(loops, [](const LoopSources& l) { return l.net->websockets_opened.value(); });
  const double ended = sum(loops, [](const LoopSources& l) { return l.net->websockets_closed.value(); });
  page.gauge("signaling_websockets", "WebSocket connections now, probes of upgrades included.",
             opened > ended ? opened - ended : 0);
  constexpr std::string_view queued_help =
      "Bytes that wait: for the kernel to take them, or for the next poll of their session.";
  page.gauge("signaling_queued_bytes", queued_help,
             sum(loops, [](const LoopSources& l) { return l.net->queued_bytes.value(); }), {{"queue", "kernel"}});
  page.gauge("signaling_queued_bytes", queued_help,
             sum(loops, [](const LoopSources& l) { return l.engine->queued_bytes.value(); }), {{"queue", "poll"}});
  counter("signaling_handler_exceptions_total", "Exceptions that left the handler of a request or message.",
          [](const LoopSources& l) { return l.net->exceptions.value(); });
  for (std::size_t i = 0; i < net::limit_count; ++i) {
    page.counter("signaling_limits_reached_total", "Limits that a connection ran into.",
                 sum(loops, [i](const LoopSources& l) { return l.net->limits[i].value(); }),
                 {{"limit", to_string(static_cast<net::Limit>(i))}});
  }
  for (std::size_t i = 0; i < net::bad_request_count; ++i) {
    page.counter("signaling_bad_requests_total", "Malformed input.",
                 sum(loops, [i](const LoopSources& l) { return l.net->bad_requests[i].value(); }),
                 {{"kind", to_string(static_cast<net::BadRequest>(i))}});
  }
}

template <class Counter, std::size_t N>
void add_histogram(MetricsPage& page, std::string_view name, std::string_view help, const std::array<Counter, N>& buckets,
                   std::uint64_t sum_microseconds, std::string_view loop) {
  std::array<double, N - 1> bounds{};
  std::array<std::uint64_t, N> counts{};
  for (std::size_t i = 0; i < N; ++i) {
    if (i < bounds.size()) bounds[i] = net::LoopStatistics::bounds_microseconds[i] / 1e6;
    counts[i] = buckets[i].value();
  }
  page.histogram(name, help, bounds, counts, static_cast<double>(sum_microseconds) * 1e-6, {{"loop", loop}});
}

void collect_times(std::span<const LoopSources> loops, MetricsPage& page) {
  for (std::size_t i = 0; i < loops.size(); ++i) {
    const net::LoopStatistics& loop = *loops[i].loop;
    const std::string number = std::to_string(i);
    add_histogram(page, "signaling_loop_turn_seconds", "Working time of the turns of an event loop.", loop.turns,
                  loop.busy_microseconds.value(), number);
    page.gauge("signaling_loop_longest_turn_seconds",
               "Working time of an event loop's longest turn since the last scrape: by so much it delayed its connections.",
               static_cast<double>(loop.longest_turn_microseconds.take()) * 1e-6, {{"loop", number}});
    add_histogram(page, "signaling_loop_lag_seconds", "How late after their deadline an event loop served its timers.",
                  loop.timer_lag, loop.timer_lag_microseconds.value(), number);
    page.counter("signaling_loop_busy_seconds_total", "Time that an event loop worked.",
                 static_cast<double>(loop.busy_microseconds.value()) * 1e-6, {{"loop", number}});
    page.counter("signaling_loop_tasks_total", "Tasks that were posted to an event loop and run.",
                 static_cast<double>(loop.tasks.value()), {{"loop", number}});
    page.counter("signaling_loop_exceptions_total", "Exceptions that an event loop had to stop.",
                 static_cast<double>(loops[i].exceptions), {{"loop", number}});
  }
}

}  // namespace

std::string_view to_string(engine::ErrorCode code) noexcept {
  switch (code) {
    case engine::ErrorCode::unknown_transport: return "transport unknown";
    case engine::ErrorCode::unknown_sid: return "session id unknown";
    case engine::ErrorCode::bad_handshake_method: return "bad handshake method";
    case engine::ErrorCode::bad_request: return "bad request";
    case engine::ErrorCode::forbidden: return "forbidden";
    case engine::ErrorCode::unsupported_protocol_version: return "unsupported protocol version";
  }
  return "unknown error";
}

std::string_view to_string(engine::Unavailable reason) noexcept {
  switch (reason) {
    case engine::Unavailable::shutting_down: return "shutting down";
    case engine::Unavailable::too_many_sessions: return "too many sessions";
    case engine::Unavailable::no_verdict: return "no verdict";
  }
  return "unknown reason";
}

void EngineMeter::on_session_opened(TransportName transport) {
  counters_.opened[index(transport)].add();
  counters_.sessions[index(transport)].add();
}

void EngineMeter::on_session_closed(TransportName transport, CloseReason reason) {
  counters_.sessions[index(transport)].subtract(1);
  counters_.closed[index(transport)][index(reason)].add();
}

void EngineMeter::on_upgraded() {
  counters_.upgrades.add();
  counters_.sessions[index(TransportName::polling)].subtract(1);
  counters_.sessions[index(TransportName::websocket)].add();
}

void EngineMeter::on_error(engine::ErrorCode code, std::string_view remote_address) {
  counters_.errors[index(code)].add();
  log_.add(loop_, "engine", to_string(code), remote_address);
}

void EngineMeter::on_message(bool sent, std::size_t bytes) {
  (sent ? counters_.messages_sent : counters_.messages_received).add();
  (sent ? counters_.message_bytes_sent : counters_.message_bytes_received).add(bytes);
}

void EngineMeter::on_dropped(bool is_volatile) {
  (is_volatile ? counters_.dropped_volatile : counters_.dropped_overflow).add();
}

void EngineMeter::on_unavailable(engine::Unavailable reason) {
  counters_.unavailable[index(reason)].add();
  log_.add(loop_, "engine", "handshake refused: " + std::string(to_string(reason)), "");
}

void EngineMeter::on_queue_changed(std::ptrdiff_t bytes) {
  if (bytes > 0) {
    counters_.queued_bytes.add(static_cast<std::uint64_t>(bytes));
  } else {
    counters_.queued_bytes.subtract(static_cast<std::uint64_t>(-bytes));
  }
}

void collect_cluster(const socketio::ClusterCounters& counters, MetricsPage& page) {
  const auto value = [](const socketio::ClusterCounters::Count& count) {
    return static_cast<double>(count.load(std::memory_order_relaxed));
  };
  constexpr std::string_view messages = "Messages between nodes that the adapter took or brought.";
  constexpr std::string_view bytes = "Bytes of those messages.";
  page.counter("signaling_cluster_messages_total", messages, value(counters.sent), {{"direction", "out"}});
  page.counter("signaling_cluster_messages_total", messages, value(counters.received), {{"direction", "in"}});
  page.counter("signaling_cluster_message_bytes_total", bytes, value(counters.sent_bytes), {{"direction", "out"}});
  page.counter("signaling_cluster_message_bytes_total", bytes, value(counters.received_bytes), {{"direction", "in"}});
  page.counter("signaling_cluster_skipped_total", "Messages that came over a room's channel for a socket of another node.",
               value(counters.skipped));
  for (std::size_t i = 0; i < socketio::cluster_drop_count; ++i) {
    page.counter("signaling_cluster_dropped_total", "What between nodes was refused or thrown away.", value(counters.drops[i]),
                 {{"reason", to_string(static_cast<socketio::ClusterDrop>(i))}});
  }
  page.counter("signaling_cluster_timeouts_total", "Requests that another node did not answer in time.",
               value(counters.timeouts));
  page.gauge("signaling_cluster_pending_requests", "Requests that wait for the answer of another node.",
             value(counters.pending));
  page.gauge("signaling_cluster_conversations", "Conversations with other nodes.", value(counters.conversations));
  page.gauge("signaling_cluster_queued_bytes", "Messages of other nodes that wait for an event loop.",
             value(counters.queued_bytes));
  page.gauge("signaling_cluster_other_nodes", "Other nodes known.", value(counters.nodes));
}

void collect_loops(std::span<const LoopSources> loops, MetricsPage& page) {
  collect_sessions(loops, page);
  collect_messages(loops, page);
  collect_namespaces(loops, page);
  collect_connections(loops, page);
  collect_times(loops, page);
}

}  // namespace signaling::server
