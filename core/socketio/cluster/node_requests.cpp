#include "node_requests.hpp"

#include <algorithm>

namespace signaling::socketio::cluster {

void NodeRequest::on_timer(base::TimePoint) {
  ClusterCounters::add(owner_->outlet_.counters().timeouts);
  owner_->fail(*this);
}

void NodeRequest::end_node(std::size_t index, bool is_missing) {
  if (asked_[index].is_done) return;
  asked_[index].is_done = true;
  --left_;
  finish(index, asked_[index].name, is_missing);
}

NodeRequests::~NodeRequests() { ClusterCounters::subtract(outlet_.counters().pending, pending_.size()); }

NodeRequest& NodeRequests::add(std::uint64_t id, std::unique_ptr<NodeRequest> request, const std::vector<Node>& nodes,
                               base::Milliseconds timeout) {
  NodeRequest& added = *request;
  added.owner_ = this;
  added.id_ = id;
  for (const Node& node : nodes) added.asked_.push_back({node.tag, node.name, 0, 0, false});
  added.left_ = nodes.size();
  pending_.emplace(id, std::move(request));
  ClusterCounters::add(outlet_.counters().pending);
  loop_.event_loop().timers().arm(added, loop_.event_loop().now() + timeout);
  return added;
}

void NodeRequests::end(std::uint64_t id) {
  const auto found = pending_.find(id);
  if (found == pending_.end()) return;
  // Taken out first: what the request tells its handler may make new requests.
  const std::unique_ptr<NodeRequest> ended = std::move(found->second);
  pending_.erase(found);
  ClusterCounters::subtract(outlet_.counters().pending);
  loop_.event_loop().timers().disarm(*ended);
  ended->finish_all();
}

void NodeRequests::fail(NodeRequest& request) {
  const std::uint64_t id = request.id_;
  for (std::size_t i = 0; i < request.asked_.size(); ++i) request.end_node(i, true);
  end(id);
}

void NodeRequests::fail_silent(NodeRequest& request, const std::vector<Node>& nodes) {
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (!nodes[i].speaks) request.end_node(i, true);
  }
  if (request.left_ == 0) end(request.id_);
}

void NodeRequests::on_answer(std::string_view from_tag, Kind kind, const AnswerHead& head, Reader& reader, std::size_t bytes) {
  const auto found = pending_.find(head.request);
  if (found == pending_.end() || found->second->answer_kind() != kind) {
    return outlet_.counters().drop(ClusterDrop::late_answer);
  }
  NodeRequest& request = *found->second;
  const auto asked = std::find_if(request.asked_.begin(), request.asked_.end(),
                                  [&](const NodeRequest::Asked& a) { return a.tag == from_tag && !a.is_done; });
  if (asked == request.asked_.end()) return outlet_.counters().drop(ClusterDrop::late_answer);
  const std::size_t index = static_cast<std::size_t>(asked - request.asked_.begin());
  asked->bytes += bytes;
  if (asked->bytes > loop_.options().max_cluster_queue_bytes) {
    outlet_.counters().drop(ClusterDrop::answer_too_large);
    request.end_node(index, true);
  } else {
    request.take(index, reader);
    if (head.is_last != 0 && ++asked->finished_parts >= head.parts) request.end_node(index, false);
  }
  if (request.left_ == 0) end(head.request);
}

void NodeRequests::lose(std::string_view tag) {
  std::vector<std::uint64_t> concerned;
  for (const auto& [id, request] : pending_) concerned.push_back(id);
  for (const std::uint64_t id : concerned) {
    const auto found = pending_.find(id);
    if (found == pending_.end()) continue;
    NodeRequest& request = *found->second;
    for (std::size_t i = 0; i < request.asked_.size(); ++i) {
      if (request.asked_[i].tag == tag) request.end_node(i, true);
    }
    if (request.left_ == 0) end(id);
  }
}

}  // namespace signaling::socketio::cluster
