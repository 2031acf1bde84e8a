#pragma once
// Conversations between nodes in memory: messages wait in one queue until the test delivers them, or loses them.

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <signaling/socketio/conversations.hpp>

namespace signaling::test {

class FakeCluster;

/// What one node has of them. `loop` numbers are not told apart: one loop per node.
class FakeConversations final : public socketio::Conversations {
 public:
  FakeConversations(FakeCluster& cluster, std::string tag);
  ~FakeConversations();

  std::unique_ptr<socketio::Conversation> begin(std::string_view node_tag, std::uint8_t target_loop, plugin_api::Bytes first,
                                                base::Milliseconds idle_timeout, socketio::ConversationHandler& handler,
                                                plugin_api::Status& status) override;
  void accept_with(std::uint32_t, socketio::ConversationAcceptor& acceptor) override { acceptor_ = &acceptor; }

  bool is_away = false;               ///< nothing is taken
  bool is_full = false;               ///< `begin` says `too_many`
  base::Milliseconds idle_timeout{};  ///< of the last one begun
  int begun = 0;

 private:
  friend class FakeCluster;
  FakeCluster& cluster_;
  const std::string tag_;
  socketio::ConversationAcceptor* acceptor_ = nullptr;
};

class FakeCluster {
 public:
  struct Side {
    FakeConversations* node = nullptr;
    socketio::ConversationHandler* handler = nullptr;
    std::unique_ptr<socketio::ConversationHandler> owned;
    bool is_open = true;  ///< hears, and may speak
  };
  struct Link {
    Side sides[2];
  };

  /// Delivers what waits, and what is said meanwhile; `after` runs the loops behind each message.
  void deliver(const std::function<void()>& after) {
    for (int count = 0; !queue_.empty(); ++count) {
      if (count == 100'000) {
        ADD_FAILURE() << "the nodes never stop talking";
        return;
      }
      auto event = std::move(queue_.front());
      queue_.pop_front();
      event();
      after();
    }
  }
  std::size_t waiting() const { return queue_.size(); }
  /// Bytes of the messages sent so far, the first ones included; for each one entry.
  std::vector<std::string> sent;

  /// The node is gone for all others.
  void lose_node(const std::string& tag) {
    nodes_.erase(tag);
    end_links([&](const Side& side) { return side.node->tag_ == tag; }, plugin_api::Status::not_found);
  }
  /// All conversations end with this status at both ends; what was on its way is lost.
  void end_all(plugin_api::Status status) {
    queue_.clear();
    for (const auto& weak : links_) {
      if (const auto link = weak.lock()) close_side(link, 0, status), close_side(link, 1, status);
    }
  }
  std::size_t open_links() const {
    std::size_t count = 0;
    for (const auto& weak : links_) {
      const auto link = weak.lock();
      if (link && (link->sides[0].is_open || link->sides[1].is_open)) ++count;
    }
    return count;
  }

 private:
  friend class FakeConversations;
  friend class FakeConversation;

  template <class Match>
  void end_links(Match match, plugin_api::Status status) {
    for (const auto& weak : links_) {
      const auto link = weak.lock();
      if (!link) continue;
      for (int side = 0; side < 2; ++side) {
        if (match(link->sides[side])) close_side(link, 1 - side, status);
      }
    }
  }
  // Messages that were sent before the end are heard first: they stand before it in the queue.
  void close_side(const std::shared_ptr<Link>& link, int side, plugin_api::Status status) {
    queue_.emplace_back([link, side, status] {
      Side& one = link->sides[side];
      if (!std::exchange(one.is_open, false)) return;
      if (one.handler != nullptr) one.handler->on_closed(status);  // none where the beginning was lost
    });
  }

  std::map<std::string, FakeConversations*, std::less<>> nodes_;
  std::deque<std::function<void()>> queue_;
  std::vector<std::weak_ptr<Link>> links_;
};

class FakeConversation final : public socketio::Conversation {
 public:
  FakeConversation(FakeCluster& cluster, std::shared_ptr<FakeCluster::Link> link, int side)
      : cluster_(cluster), link_(std::move(link)), side_(side) {}
  // The handler goes with the conversation, as the real one's may.
  ~FakeConversation() override {
    FakeCluster::Side& side = link_->sides[side_];
    side.handler = nullptr;
    if (std::exchange(side.is_open, false)) cluster_.close_side(link_, 1 - side_, plugin_api::Status::ok);
    side.owned.reset();
  }

  bool send(plugin_api::Bytes body) override {
    FakeCluster::Side& side = link_->sides[side_];
    if (!side.is_open) return false;
    if (side.node->is_away) {
      cluster_.close_side(link_, side_, plugin_api::Status::unavailable);
      return false;
    }
    std::string bytes(reinterpret_cast<const char*>(body.data()), body.size());
    cluster_.sent.push_back(bytes);
    cluster_.queue_.emplace_back([link = link_, other = 1 - side_, bytes = std::move(bytes)] {
      FakeCluster::Side& to = link->sides[other];
      if (to.is_open) to.handler->on_message(std::as_bytes(std::span(bytes)));
    });
    return true;
  }
  std::string_view peer_tag() const override { return "peer"; }

 private:
  FakeCluster& cluster_;
  std::shared_ptr<FakeCluster::Link> link_;
  int side_;
};

inline FakeConversations::FakeConversations(FakeCluster& cluster, std::string tag) : cluster_(cluster), tag_(std::move(tag)) {
  cluster_.nodes_[tag_] = this;
}

inline FakeConversations::~FakeConversations() { cluster_.nodes_.erase(tag_); }

inline std::unique_ptr<socketio::Conversation> FakeConversations::begin(std::string_view node_tag, std::uint8_t,
                                                                        plugin_api::Bytes first, base::Milliseconds timeout,
                                                                        socketio::ConversationHandler& handler,
                                                                        plugin_api::Status& status) {
  const auto found = cluster_.nodes_.find(node_tag);
  status = plugin_api::Status::ok;
  if (is_away) status = plugin_api::Status::unavailable;
  if (is_full) status = plugin_api::Status::too_many;
  if (found == cluster_.nodes_.end()) status = plugin_api::Status::not_found;
  if (status != plugin_api::Status::ok) return nullptr;
  ++begun;
  idle_timeout = timeout;
  auto link = std::make_shared<FakeCluster::Link>();
  link->sides[0] = {this, &handler, nullptr, true};
  link->sides[1] = {found->second, nullptr, nullptr, true};
  cluster_.links_.push_back(link);
  std::string bytes(reinterpret_cast<const char*>(first.data()), first.size());
  cluster_.sent.push_back(bytes);
  cluster_.queue_.emplace_back([&cluster = cluster_, link, bytes = std::move(bytes)] {
    FakeCluster::Side& side = link->sides[1];
    if (!side.is_open) return;
    auto conversation = std::make_unique<FakeConversation>(cluster, link, 1);
    side.owned = side.node->acceptor_->on_conversation(std::move(conversation), std::as_bytes(std::span(bytes)));
    side.handler = side.owned.get();
    if (side.handler != nullptr) return;
    side.is_open = false;
    cluster.close_side(link, 0, plugin_api::Status::closed);
  });
  return std::make_unique<FakeConversation>(cluster_, std::move(link), 0);
}

}  // namespace signaling::test
