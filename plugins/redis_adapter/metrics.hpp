#pragma once
// What the adapter measures. Names are prefixed by the host: `signaling_plugin_redis_adapter_…`.

#include <string_view>

#include <signaling/plugin_api/host.hpp>

namespace signaling::redis_adapter {

struct Metrics {
  using Metric = plugin_api::Metric;

  explicit Metrics(plugin_api::Host& host_) : host(host_) {}

  Metric& counter(std::string_view name, std::string_view help) { return make(plugin_api::MetricKind::counter, name, help); }
  Metric& gauge(std::string_view name, std::string_view help) { return make(plugin_api::MetricKind::gauge, name, help); }
  Metric& labelled(std::string_view name, std::string_view help, std::string_view label, std::string_view value) {
    const plugin_api::Label labels[] = {{label, value}};
    return host.metric(plugin_api::MetricKind::counter, name, help, labels);
  }
  Metric& dropped_for(std::string_view reason) {
    return labelled("dropped_messages_total", "Messages of the core that were not sent, by reason", "reason", reason);
  }
  Metric& skipped_for(std::string_view reason) {
    return labelled("skipped_envelopes_total", "Received messages that this node does not understand, by reason", "reason",
                    reason);
  }

  plugin_api::Host& host;

  Metric& published = counter("published_messages_total", "Messages given to Redis");
  Metric& published_bytes = counter("published_bytes_total", "Bytes of messages given to Redis");
  Metric& envelopes = counter("published_envelopes_total", "PUBLISH commands that carried messages");
  Metric& suppressed = counter("suppressed_messages_total", "Messages that no other node is interested in, and were not sent");
  Metric& received = counter("received_messages_total", "Messages of other nodes");
  Metric& received_bytes = counter("received_bytes_total", "Bytes of messages of other nodes");
  Metric& gaps = counter("sequence_gaps_total", "Times that messages of another node to a topic were seen to be missing");
  Metric& latency = make(plugin_api::MetricKind::histogram, "node_latency_seconds",
                         "From one node's publishing to another's receipt, by their wall clocks");

  Metric& dropped_full = dropped_for("full");
  Metric& dropped_away = dropped_for("away");
  Metric& dropped_lost = dropped_for("lost");
  Metric& dropped_refused = dropped_for("refused");
  Metric& skipped_version = skipped_for("version");
  Metric& skipped_kind = skipped_for("kind");
  Metric& skipped_malformed = skipped_for("malformed");

  Metric& topics = gauge("subscribed_topics", "Topics this node is subscribed to");
  Metric& topics_shared = gauge("shared_topics", "Of these: other nodes are interested too");
  Metric& subscriptions = gauge("subscriptions", "Channels this node is subscribed to");
  Metric& probe_age = gauge("probe_age_seconds", "Since the oldest subscription connection is known to deliver");
  Metric& probe_failures = counter("probe_failures_total", "Subscription connections rebuilt since they did not deliver");
  Metric& nodes = gauge("nodes_alive", "Nodes of the cluster, this one included");
  Metric& nodes_lost = counter("nodes_lost_total", "Other nodes whose lease ran out");
  Metric& own_deaths = counter("taken_for_lost_total", "Times that this node found itself taken for lost");
  Metric& entries = gauge("presence_entries", "Members registered by this node");
  Metric& waiting = gauge("presence_waiting", "Presence operations that wait for Redis to be ready");
  Metric& presence_latency =
      make(plugin_api::MetricKind::histogram, "presence_latency_seconds", "Presence operations, from call to answer");
  Metric& reaped = counter("reaped_entries_total", "Members of lost nodes removed by this node");
  Metric& restored = counter("restored_entries_total", "Own members that Redis was compared with after a reconnect");
  Metric& gap_changes = counter("gap_changes_total", "Changes of members read from Redis after a cut");

  Metric& queue_bytes = gauge("queue_bytes", "Commands that Redis has not answered yet");
  Metric& inbox = gauge("inbox_operations", "Operations handed over and not yet taken up");
  Metric& connections = gauge("connections", "Usable connections to Redis");
  Metric& partitions_down = gauge("partitions_down", "Partitions that cannot be reached");
  Metric& commands = counter("commands_total", "Commands given to a connection");
  Metric& command_retries = counter("command_retries_total", "Commands sent again: the server said where, or when");
  Metric& command_failures = counter("command_failures_total", "Commands without an answer, or with an error for one");
  Metric& connects = counter("connect_attempts_total", "Attempts to connect");
  Metric& connect_failures = counter("connect_failures_total", "Attempts to connect that failed");
  Metric& reconnects = counter("connections_lost_total", "Usable connections that ended");
  Metric& read_bytes = counter("read_bytes_total", "Bytes read from Redis");
  Metric& written_bytes = counter("written_bytes_total", "Bytes written to Redis");

 private:
  Metric& make(plugin_api::MetricKind kind, std::string_view name, std::string_view help) {
    return host.metric(kind, name, help, {});
  }
};

}  // namespace signaling::redis_adapter
