#pragma once
// What the adapter measures. Names are prefixed by the host: `signaling_plugin_nats_adapter_…`.

#include <string_view>

#include <signaling/plugin_api/host.hpp>

namespace signaling::nats_adapter {

struct Metrics {
  using Metric = plugin_api::Metric;

  explicit Metrics(plugin_api::Host& host_) : host(host_) {}

  plugin_api::Host& host;

  Metric& published = counter("published_messages_total", "Messages given to NATS");
  Metric& published_bytes = counter("published_bytes_total", "Bytes of messages given to NATS");
  Metric& received = counter("received_messages_total", "Messages of other nodes");
  Metric& received_bytes = counter("received_bytes_total", "Bytes of messages of other nodes");
  Metric& dropped_full = dropped_for("full");
  Metric& dropped_away = dropped_for("away");
  Metric& dropped_size = dropped_for("size");
  Metric& dropped_lost = dropped_for("lost");
  Metric& dropped_received = counter("dropped_received_total", "Messages of other nodes that the queue could not take");
  Metric& skipped = counter("skipped_messages_total", "Received messages that this node does not understand");

  Metric& topics = gauge("subscribed_topics", "Topics this node is subscribed to");
  Metric& nodes = gauge("nodes_alive", "Nodes of the cluster, this one included");
  Metric& nodes_lost = counter("nodes_lost_total", "Other nodes whose lease ran out");
  Metric& echo_age = gauge("echo_age_seconds", "Since this node has last heard its own beat");
  Metric& entries = gauge("presence_entries", "Members registered by this node");
  Metric& rooms = gauge("presence_rooms", "Rooms of the cluster that this node keeps");
  Metric& waiting = gauge("presence_waiting", "Presence operations under way or waiting");
  Metric& presence_latency =
      make(plugin_api::MetricKind::histogram, "presence_latency_seconds", "Presence operations, from call to answer");
  Metric& writes = counter("presence_writes_total", "Rooms written to the stream");
  Metric& conflicts = counter("presence_conflicts_total", "Writes that another node's came before");
  Metric& restored = counter("restored_entries_total", "Own members that were put back into the stream");
  Metric& reaped = counter("reaped_entries_total", "Members of nodes that are gone, removed by this node");
  Metric& inbox_bytes = gauge("inbox_bytes", "Handed over and not yet taken up");
  Metric& connects = counter("connect_attempts_total", "Attempts to connect");
  Metric& connections_lost = counter("connections_lost_total", "Connections that ended");
  Metric& reads_anew = counter("stream_reads_total", "Times that the stream was read on from where it had been left");

 private:
  Metric& counter(std::string_view name, std::string_view help) { return make(plugin_api::MetricKind::counter, name, help); }
  Metric& gauge(std::string_view name, std::string_view help) { return make(plugin_api::MetricKind::gauge, name, help); }
  Metric& dropped_for(std::string_view reason) {
    const plugin_api::Label labels[] = {{"reason", reason}};
    return host.metric(plugin_api::MetricKind::counter, "dropped_messages_total",
                       "Messages of the core that were not sent, by reason", labels);
  }
  Metric& make(plugin_api::MetricKind kind, std::string_view name, std::string_view help) {
    return host.metric(kind, name, help, {});
  }
};

}  // namespace signaling::nats_adapter
