#pragma once
// Requests that several nodes answer: who was asked, who has answered, who has not.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <signaling/base/timer_queue.hpp>

#include "cluster_message.hpp"
#include "loop_server.hpp"
#include "node_list.hpp"
#include "outlet.hpp"

namespace signaling::socketio::cluster {

class NodeRequests;

/// One request. Each node asked ends once: with its whole answer, or missing (with the part of its answer that did arrive):
/// at the deadline, when it is lost, or when it was not to be reached.
class NodeRequest : private base::Timer {
 public:
  virtual ~NodeRequest() = default;

 protected:
  /// Reads what follows the head of an answer. Throws as Reader does.
  virtual void take(std::size_t node, Reader& reader) = 0;
  virtual void finish(std::size_t node, const std::string& name, bool is_missing) = 0;
  /// After the last node.
  virtual void finish_all() {}
  virtual Kind answer_kind() const noexcept = 0;

 private:
  friend class NodeRequests;
  struct Asked {
    std::string tag;
    std::string name;
    std::uint32_t finished_parts = 0;
    std::size_t bytes = 0;
    bool is_done = false;
  };
  void on_timer(base::TimePoint now) override;
  void end_node(std::size_t index, bool is_missing);

  NodeRequests* owner_ = nullptr;
  std::uint64_t id_ = 0;
  std::vector<Asked> asked_;
  std::size_t left_ = 0;
};

/// One per loop; on it.
class NodeRequests {
 public:
  NodeRequests(LoopServer& loop, Outlet& outlet) : loop_(loop), outlet_(outlet) {}
  ~NodeRequests();

  std::size_t size() const noexcept { return pending_.size(); }
  std::uint64_t next_id() noexcept { return (std::uint64_t{loop_.index()} << 56) | ++last_id_; }
  /// Nodes that do not speak (see Node) are missing at once. `send()` publishes and tells whether the adapter took it.
  template <class Send>
  void start(std::uint64_t id, std::unique_ptr<NodeRequest> request, const std::vector<Node>& nodes, base::Milliseconds timeout,
             Send&& send) {
    NodeRequest& started = add(id, std::move(request), nodes, timeout);
    if (!send()) return fail(started);
    fail_silent(started, nodes);
  }
  void on_answer(std::string_view from_tag, Kind kind, const AnswerHead& head, Reader& reader, std::size_t bytes);
  void lose(std::string_view tag);

 private:
  friend class NodeRequest;
  NodeRequest& add(std::uint64_t id, std::unique_ptr<NodeRequest> request, const std::vector<Node>& nodes,
                   base::Milliseconds timeout);
  void fail(NodeRequest& request);
  void fail_silent(NodeRequest& request, const std::vector<Node>& nodes);
  void end(std::uint64_t id);

  LoopServer& loop_;
  Outlet& outlet_;
  std::uint64_t last_id_ = 0;
  std::unordered_map<std::uint64_t, std::unique_ptr<NodeRequest>> pending_;
};

}  // namespace signaling::socketio::cluster
