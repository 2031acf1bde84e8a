// Loops and adapters on threads of their own: for the thread sanitizer, and for what only shows there.
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>

#include "../fixture.hpp"

namespace signaling::test {
namespace {

using namespace plugin_api;

/// An event loop with a thread; timers are not served.
class ThreadedLoop final : public base::EventLoop {
 public:
  explicit ThreadedLoop(std::uint32_t index) : index_(index), thread_([this] { run(); }) {}
  ~ThreadedLoop() { stop(); }
  void stop() {
    post([this] { ended_ = true; });
    if (thread_.joinable()) thread_.join();
  }
  std::uint32_t index() const override { return index_; }
  bool is_current() const override { return current() == this; }
  void post(base::Task task) override {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(task));
    wake_.notify_one();
  }
  void defer(base::Task task) override { deferred_.push_back(std::move(task)); }
  base::TimePoint now() const override { return base::Clock::now(); }
  base::TimerQueue& timers() override { return timers_; }

  /// Runs it there and waits for its end.
  template <class F>
  void call(F f) {
    std::atomic<bool> done{false};
    post([&] {
      f();
      done = true;
      done.notify_one();
    });
    done.wait(false);
  }

 private:
  static const ThreadedLoop*& current() {
    thread_local const ThreadedLoop* loop = nullptr;
    return loop;
  }
  void run() {
    current() = this;
    while (!ended_) {
      base::Task task;
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [this] { return !queue_.empty(); });
        task = std::move(queue_.front());
        queue_.pop_front();
      }
      task();
      while (!deferred_.empty()) {
        for (base::Task& each : std::exchange(deferred_, {})) each();
      }
    }
  }

  std::uint32_t index_;
  base::TimerQueue timers_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<base::Task> queue_;
  std::vector<base::Task> deferred_;
  bool ended_ = false;
  std::thread thread_;
};

class CountingSession final : public engine::Session {
 public:
  explicit CountingSession(base::Sid sid) : sid_(sid) {}
  const base::Sid& sid() const override { return sid_; }
  engine::TransportName transport() const override { return engine::TransportName::websocket; }
  bool is_open() const override { return true; }
  engine::SendResult send(std::span<const protocol::MessagePtr> messages, bool) override {
    for (const protocol::MessagePtr& message : messages) sent.emplace_back(message->payload());
    return engine::SendResult::sent;
  }
  void close(engine::CloseReason) override {}
  std::size_t queued_bytes() const override { return 0; }

  std::unique_ptr<engine::SessionHandler> handler;
  std::vector<std::string> sent;

 private:
  base::Sid sid_;
};

/// Delivers to the other node in the thread of whoever publishes.
class DirectAdapter final : public BasicAdapter {
 public:
  void attach(AdapterEvents& events, const NodeInfo& self) override {
    events_ = &events;
    tag_ = self.tag;
    capabilities_ = self.capabilities;
  }
  void link(DirectAdapter& other) {
    other_ = &other;
    events_->on_node_joined({other.tag_, "other", "1", other.capabilities_});
  }
  void subscribe(std::string_view topic, SubscribeHandler& handler) override {
    {
      const std::lock_guard lock(mutex_);
      topics_.emplace(topic);
    }
    handler.on_subscribed(Status::ok);
    handler.release();
  }
  void unsubscribe(std::string_view topic) override {
    const std::lock_guard lock(mutex_);
    topics_.erase(std::string(topic));
  }
  Status publish(const Destination& to, Bytes message) override {
    if (to.kind == Destination::Kind::topic) {
      const std::lock_guard lock(other_->mutex_);
      if (!other_->topics_.contains(std::string(to.name))) return Status::ok;
    }
    const ClusterMessage arriving{tag_, to.kind, to.name, message};
    other_->events_->on_messages({&arriving, 1});
    return Status::ok;
  }
  void presence_put(std::string_view, std::string_view, std::string_view, std::uint32_t, PresenceHandler&) override {}
  void presence_remove(std::string_view, std::string_view, PresenceHandler&) override {}
  void presence_list(std::string_view, PresenceHandler&) override {}
  void visit_nodes(NodeVisitor&) override {}

 private:
  AdapterEvents* events_ = nullptr;
  DirectAdapter* other_ = nullptr;
  std::string tag_;
  std::string capabilities_;
  std::mutex mutex_;
  std::set<std::string> topics_;  // under mutex_
};

struct QuietApplication final : BasicApplication {
  void claim_namespaces(NamespaceClaims& claims) override { claims.claim("/"); }
  void on_connect(Socket& socket) override {
    const std::lock_guard lock(mutex);
    socket.join("r");
    sockets.push_back(&socket);
    ids.emplace_back(socket.id());
  }
  std::mutex mutex;
  std::vector<Socket*> sockets;  // under mutex
  std::vector<std::string> ids;  // under mutex
};
struct QuietHooks final : socketio::HookObserver {
  void on_hook(std::uint32_t, std::uint32_t, socketio::HookKind, std::uint64_t, const char*) override {}
};

TEST(ClusterThreads, KeepTheOrderOfEachSenderAndLoseNothing) {
  constexpr int messages = 2000;
  struct Node {
    std::vector<std::unique_ptr<ThreadedLoop>> loops;
    std::vector<std::unique_ptr<CountingSession>> sessions;
    QuietApplication app;
    DirectAdapter adapter;
    std::unique_ptr<socketio::Server> server;
  };
  QuietHooks hooks;
  base::SidSource ids{{9, 9, 9}, 0};
  Node nodes[2];
  for (std::uint8_t n = 0; n < 2; ++n) {
    Node& node = nodes[n];
    std::vector<base::EventLoop*> loops;
    for (std::uint32_t i = 0; i < 2; ++i) {
      node.loops.push_back(std::make_unique<ThreadedLoop>(i));
      loops.push_back(node.loops.back().get());
    }
    node.server = std::make_unique<socketio::Server>(socketio::Options{},
                                                     socketio::Server::Node{{n, 2, 3}, n == 0 ? "a" : "b", "1"}, loops, hooks);
    node.server->set_adapter(node.adapter, "cluster");
    node.server->add_application(node.app, 0, "app");
    node.server->start();
  }
  nodes[0].adapter.link(nodes[1].adapter);
  nodes[1].adapter.link(nodes[0].adapter);
  for (Node& node : nodes) {
    for (std::uint32_t i = 0; i < 2; ++i) {
      CountingSession& session = *node.sessions.emplace_back(std::make_unique<CountingSession>(ids.next()));
      node.loops[i]->call([&] {
        session.handler = node.server->factory(i).open(session, engine::HttpRequest{});
        session.handler->on_message(false, "0");
        session.sent.clear();
      });
    }
  }

  // Every loop of both nodes broadcasts and tells one socket of the other node, and both come in their order.
  std::atomic<int> answers{0};
  for (std::size_t n = 0; n < 2; ++n) {
    const std::string target = nodes[1 - n].app.ids[0];
    for (std::uint32_t i = 0; i < 2; ++i) {
      nodes[n].loops[i]->post([&answers, &node = nodes[n], n, i, target] {
        const std::string_view rooms[] = {"r"};
        for (int k = 0; k < messages; ++k) {
          const std::string text = R"([")" + std::to_string(n * 2 + i) + R"(",)" + std::to_string(k) + "]";
          const std::string_view pieces[] = {text};
          if (k % 2 == 0) {
            node.server->namespaces().emit({.rooms = rooms}, {pieces, {}});
          } else {
            node.server->namespaces().emit_to_member("/", target, "r", {pieces, {}}, &make_status_handler([&answers](Status s) {
                                                       if (s == Status::ok) ++answers;
                                                     }));
          }
        }
      });
    }
  }
  const auto deadline = base::Clock::now() + std::chrono::seconds(60);
  while (answers < 4 * messages / 2 && base::Clock::now() < deadline) {
    for (Node& node : nodes) {
      for (auto& loop : node.loops) loop->call([] {});
    }
  }
  EXPECT_EQ(answers, 4 * messages / 2);
  for (Node& node : nodes) {
    for (auto& loop : node.loops) loop->call([] {});
  }
  for (Node& node : nodes) {
    for (std::uint32_t i = 0; i < 2; ++i) {
      node.loops[i]->call([&] {
        int last[4] = {-1, -1, -1, -1};
        for (const std::string& text : node.sessions[i]->sent) {
          const int sender = text[4] - '0';
          const int number = std::stoi(text.substr(7));
          ASSERT_GT(number, last[sender]) << text;
          last[sender] = number;
        }
        for (int sender = 0; sender < 4; ++sender) EXPECT_GE(last[sender], messages - 2);
        node.sessions[i]->handler->on_close(engine::CloseReason::server_shutting_down);
      });
    }
  }
  for (Node& node : nodes) {
    for (auto& loop : node.loops) loop->stop();
  }
  for (Node& node : nodes) {
    EXPECT_EQ(node.server->cluster_counters().queued_bytes.load(), 0u);
    EXPECT_EQ(node.server->cluster_counters().pending.load(), 0u);
    node.sessions.clear();
    node.server.reset();
  }
}

}  // namespace
}  // namespace signaling::test
