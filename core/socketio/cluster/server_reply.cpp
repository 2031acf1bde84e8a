#include "server_reply.hpp"

#include <atomic>
#include <memory>

#include <signaling/base/quarantine.hpp>

#include "attachments.hpp"
#include "cluster_message.hpp"
#include "event_gate.hpp"
#include "peers_facade.hpp"

namespace signaling::socketio::cluster {
namespace {

/// On the stack of the call until it is deferred; then on its own, ended by its answer.
class Reply final : public plugin_api::ServerReply {
 public:
  Reply(Outlet& outlet, HookObserver& hooks, std::uint32_t plugin, std::string_view to_tag, std::uint64_t request)
      : outlet_(outlet), hooks_(hooks), plugin_(plugin), to_tag_(to_tag), request_(request) {}

  bool wanted() const override { return request_ != 0; }
  void answer(const plugin_api::Payload& args) override {
    static base::Quarantine<Reply, 1024> finished;
    if (is_called_.exchange(true)) {
      return hooks_.on_fault(plugin_, Fault::completed_twice, "a second answer to the same server-side event");
    }
    if (!answered_) send(&args);
    answered_ = true;
    if (on_its_own_) finished.add(std::unique_ptr<Reply>(this));
  }
  plugin_api::ServerReply& defer() override {
    if (deferred_ == nullptr) {
      deferred_ = new Reply(outlet_, hooks_, plugin_, to_tag_, request_);
      deferred_->on_its_own_ = true;
      deferred_->answered_ = answered_;
      answered_ = true;
    }
    return *deferred_;
  }
  /// The handler has returned.
  void end() {
    if (!answered_) send(nullptr);
  }

 private:
  void send(const plugin_api::Payload* args) {
    if (!wanted()) return;
    Writer writer;
    ServerAnswer message;
    message.head.request = request_;
    message.is_answered = args != nullptr ? 1 : 0;
    if (args != nullptr) message.payload.assign(*args);
    outlet_.to_node(to_tag_, encode(writer, Kind::server_answer, message));
  }

  Outlet& outlet_;
  HookObserver& hooks_;
  const std::uint32_t plugin_;
  std::string to_tag_;
  std::uint64_t request_;
  bool answered_ = false;
  std::atomic<bool> is_called_{false};
  bool on_its_own_ = false;
  Reply* deferred_ = nullptr;  // owned by the application's promise to answer
};

}  // namespace

void run_server_event(LoopServer& loop, Outlet& outlet, std::string_view from_tag, std::string_view from_node,
                      const ServerEvent& message) {
  const bool is_for_plugin = is_peer_address(message.namespace_name);
  const PeerBinding* peer = is_for_plugin ? loop.find_peer(std::string(message.namespace_name)) : nullptr;
  const ApplicationBinding* application = is_for_plugin ? nullptr : loop.find_application(message.namespace_name);
  const std::uint32_t plugin = peer != nullptr ? peer->plugin : application != nullptr ? application->plugin : unknown_plugin;
  Reply reply(outlet, loop.hooks(), plugin, from_tag, message.request);
  const OwnedEvent owned({std::string(message.payload.text), own_attachments(message.payload.attachments.view())}, {});
  plugin_api::Event event;
  if (!owned.view(event)) {
    outlet.counters().drop(ClusterDrop::malformed);
  } else if (peer != nullptr) {
    loop.call_plugin(peer->plugin, HookKind::server_event, [&] { peer->handler->on_peer_event(from_node, event, reply); });
  } else if (application != nullptr) {
    loop.call_plugin(application->plugin, HookKind::server_event,
                     [&] { application->application->on_server_event(message.namespace_name, from_node, event, reply); });
  }
  reply.end();
}

}  // namespace signaling::socketio::cluster
