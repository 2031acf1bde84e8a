// Metrics text and the loops' counters.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signaling/server/forwarding_metrics.hpp>
#include <signaling/server/loop_metrics.hpp>
#include <signaling/server/metrics_page.hpp>

namespace signaling::server {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(MetricsPage, GathersSamplesOfOneNameIntoOneFamily) {
  MetricsPage page;
  page.counter("signaling_a_total", "About a.", 1, {{"k", "x"}});
  page.gauge("signaling_b", "About b.", 2.5);
  page.counter("signaling_a_total", "About a.", 3, {{"k", "y\"\n"}});
  const std::string text = page.text();
  EXPECT_THAT(text, HasSubstr("# HELP signaling_a_total About a.\n# TYPE signaling_a_total counter\n"
                              "signaling_a_total{k=\"x\"} 1\nsignaling_a_total{k=\"y\\\"\\n\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("# HELP signaling_b About b.\n# TYPE signaling_b gauge\nsignaling_b 2.5\n"));
}

TEST(MetricsPage, WritesHistogramsCumulatively) {
  MetricsPage page;
  const double bounds[] = {0.1, 1};
  const std::uint64_t counts[] = {2, 0, 3};
  page.histogram("signaling_h_seconds", "H.", bounds, counts, 7.5);
  EXPECT_THAT(page.text(), HasSubstr("signaling_h_seconds_count 5\nsignaling_h_seconds_sum 7.5\n"
                                     "signaling_h_seconds_bucket{le=\"0.1\"} 2\nsignaling_h_seconds_bucket{le=\"1\"} 2\n"
                                     "signaling_h_seconds_bucket{le=\"+Inf\"} 5\n"));
}

TEST(MetricsRegistry, AsksNoCollectorThatWasRemoved) {
  MetricsRegistry registry;
  const std::uint64_t number = registry.add([](MetricsPage& page) { page.gauge("a", "", 1); });
  registry.add([](MetricsPage& page) { page.gauge("b", "", 1); });
  EXPECT_THAT(registry.text(), HasSubstr("a 1\n"));
  registry.remove(number);
  EXPECT_THAT(registry.text(), Not(HasSubstr("a 1\n")));
  EXPECT_THAT(registry.text(), HasSubstr("b 1\n"));
}

TEST(MetricsPage, TakesFamiliesOfOthers) {
  MetricsPage page;
  page.gauge("signaling_b", "B.", 1);
  prometheus::MetricFamily family{"signaling_plugin_x_hits_total", "Help.", prometheus::MetricType::Counter, {{}}};
  family.metric.front().counter.value = 4;
  page.add({family});
  EXPECT_THAT(page.text(), HasSubstr("signaling_b 1\n"));
  EXPECT_THAT(page.text(), HasSubstr("# TYPE signaling_plugin_x_hits_total counter\nsignaling_plugin_x_hits_total 4\n"));
}

TEST(EngineMeter, CountsSessionsByTransport) {
  std::vector<std::string> lines;
  RepeatLog log(1, std::chrono::seconds(1), [&lines](std::string_view, const std::string& line) { lines.push_back(line); });
  EngineMeter meter(0, log);
  meter.on_session_opened(engine::TransportName::polling);
  meter.on_session_opened(engine::TransportName::polling);
  meter.on_session_opened(engine::TransportName::websocket);
  meter.on_upgraded();
  meter.on_session_closed(engine::TransportName::websocket, engine::CloseReason::ping_timeout);
  meter.on_error(engine::ErrorCode::unknown_sid, "192.0.2.7");
  meter.on_message(true, 100);
  meter.on_message(false, 7);
  meter.on_dropped(true);
  meter.on_unavailable(engine::Unavailable::too_many_sessions);
  meter.on_queue_changed(500);
  meter.on_queue_changed(-200);
  log.flush(base::TimePoint{}, true);
  EXPECT_THAT(lines, ::testing::UnorderedElementsAre("1 × session id unknown, last from 192.0.2.7",
                                                     "1 × handshake refused: too many sessions"));

  const net::Counters net;
  const net::LoopStatistics loop;
  const socketio::Counters socketio;
  const LoopSources sources{&meter.counters(), &net, &loop, &socketio, 3};
  MetricsPage page;
  collect_loops(std::span(&sources, 1), page);
  const std::string text = page.text();
  EXPECT_THAT(text, HasSubstr("signaling_sessions{transport=\"polling\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("signaling_sessions{transport=\"websocket\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("signaling_handshakes_total{transport=\"polling\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("signaling_upgrades_total 1\n"));
  EXPECT_THAT(text, HasSubstr("signaling_sessions_closed_total{transport=\"websocket\",reason=\"ping_timeout\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("signaling_engine_errors_total{code=\"1\",error=\"session_id_unknown\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("signaling_message_sent_bytes_total 100\n"));
  EXPECT_THAT(text, HasSubstr("signaling_message_received_bytes_total 7\n"));
  EXPECT_THAT(text, HasSubstr("signaling_engine_drops_total{reason=\"volatile\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("signaling_handshakes_unavailable_total{reason=\"too_many_sessions\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("signaling_queued_bytes{queue=\"poll\"} 300\n"));
  EXPECT_THAT(text, HasSubstr("signaling_queued_bytes{queue=\"kernel\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("signaling_loop_exceptions_total{loop=\"0\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("signaling_loop_lag_seconds_bucket{loop=\"0\",le=\"+Inf\"} 0\n"));
}

TEST(CollectCluster, TellsWhatGoesBetweenNodes) {
  socketio::ClusterCounters counters;
  socketio::ClusterCounters::add(counters.sent, 3);
  socketio::ClusterCounters::add(counters.nodes, 2);
  counters.drop(socketio::ClusterDrop::malformed);
  MetricsPage page;
  collect_cluster(counters, page);
  const std::string text = page.text();
  EXPECT_THAT(text, HasSubstr("signaling_cluster_messages_total{direction=\"out\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("signaling_cluster_other_nodes 2\n"));
  EXPECT_THAT(text, HasSubstr("signaling_cluster_dropped_total{reason=\"malformed\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("signaling_cluster_dropped_total{reason=\"queue_full\"} 0\n"));
}

TEST(CollectLoops, SumsOverTheLoops) {
  RepeatLog log(2, std::chrono::seconds(1), [](std::string_view, const std::string&) {});
  EngineMeter first(0, log);
  EngineMeter second(1, log);
  net::Counters net[2];
  const net::LoopStatistics loop[2];
  socketio::Counters socketio[2];
  // A connection accepted on one loop, moved and closed on the other.
  net[0].accepted.add(5);
  net[1].closed.add(2);
  socketio[0].events_in.add(3);
  socketio[1].events_in.add(4);
  socketio[1].drop(socketio::Drop::bad_packet);
  const LoopSources sources[2] = {{&first.counters(), &net[0], &loop[0], &socketio[0], 0},
                                  {&second.counters(), &net[1], &loop[1], &socketio[1], 0}};
  MetricsPage page;
  collect_loops(sources, page);
  EXPECT_THAT(page.text(), HasSubstr("signaling_connections 3\n"));
  EXPECT_THAT(page.text(), HasSubstr("signaling_events_received_total 7\n"));
  EXPECT_THAT(page.text(), HasSubstr("signaling_drops_total{reason=\"bad_packet\"} 1\n"));
  EXPECT_THAT(page.text(), HasSubstr("signaling_loop_busy_seconds_total{loop=\"1\"} 0\n"));
}

TEST(CollectLoops, TellsTheLongestTurnSinceTheLastScrape) {
  RepeatLog log(1, std::chrono::seconds(1), [](std::string_view, const std::string&) {});
  EngineMeter meter(0, log);
  const net::Counters net;
  const socketio::Counters socketio;
  net::LoopStatistics loop;
  const LoopSources sources{&meter.counters(), &net, &loop, &socketio, 0};
  const auto scrape = [&] {
    MetricsPage page;
    collect_loops(std::span(&sources, 1), page);
    return page.text();
  };
  loop.longest_turn_microseconds.raise_to(1'500);
  loop.longest_turn_microseconds.raise_to(250'000);
  loop.longest_turn_microseconds.raise_to(40);
  EXPECT_THAT(scrape(), HasSubstr("signaling_loop_longest_turn_seconds{loop=\"0\"} 0.25\n"));
  EXPECT_THAT(scrape(), HasSubstr("signaling_loop_longest_turn_seconds{loop=\"0\"} 0\n"));
  loop.longest_turn_microseconds.raise_to(500);
  EXPECT_THAT(scrape(), HasSubstr("signaling_loop_longest_turn_seconds{loop=\"0\"} 0.0005"));
}

TEST(CollectForwarding, SumsOverTheLoops) {
  forwarding::Counters loops[2];
  loops[0].outcomes[static_cast<std::size_t>(forwarding::Outcome::answered)].add(2);
  loops[1].outcomes[static_cast<std::size_t>(forwarding::Outcome::answered)].add(3);
  loops[1].outcomes[static_cast<std::size_t>(forwarding::Outcome::unknown_node)].add();
  loops[0].tunnels.add(4);
  loops[1].served_tunnels.add(5);
  loops[0].bytes_sent.add(100);
  const forwarding::Counters* const pointers[] = {&loops[0], &loops[1]};
  MetricsPage page;
  collect_forwarding(pointers, page);
  EXPECT_THAT(page.text(), HasSubstr("signaling_forwarded_requests_total{outcome=\"answered\"} 5\n"));
  EXPECT_THAT(page.text(), HasSubstr("signaling_forwarded_requests_total{outcome=\"unknown_node\"} 1\n"));
  EXPECT_THAT(page.text(), HasSubstr("signaling_tunnels{side=\"client\"} 4\n"));
  EXPECT_THAT(page.text(), HasSubstr("signaling_tunnels{side=\"session\"} 5\n"));
  EXPECT_THAT(page.text(), HasSubstr("signaling_forwarding_sent_bytes_total 100\n"));
}

TEST(CollectProcess, TellsMemoryDescriptorsAndTime) {
  MetricsPage page;
  collect_process(page);
  for (const char* name :
       {"process_cpu_seconds_total ", "process_resident_memory_bytes ", "process_virtual_memory_bytes ", "process_open_fds ",
        "process_max_fds ", "process_start_time_seconds ", "process_threads ", "signaling_recycled_bytes "}) {
    EXPECT_THAT(page.text(), HasSubstr(std::string("\n") + name));
  }
}

}  // namespace
}  // namespace signaling::server
