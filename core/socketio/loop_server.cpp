#include "loop_server.hpp"

#include "client.hpp"

namespace signaling::socketio {
namespace {

/// What a middleware sees of a handshake: there is no socket yet.
class HandshakeView final : public plugin_api::Handshake {
 public:
  HandshakeView(const engine::HttpRequest& request, std::int64_t now_ms) : info_(request, now_ms) {}
  std::string_view address() const override { return info_.address(); }
  std::string_view url() const override { return info_.target(); }
  std::string_view query(std::string_view name) const override { return info_.query(name); }
  std::string_view header(std::string_view name) const override { return info_.header(name); }
  bool secure() const override { return info_.secure(); }
  bool cross_origin() const override { return !info_.header("origin").empty(); }
  std::int64_t issued_ms() const override { return info_.issued_ms(); }
  std::string_view auth() const override { return "{}"; }

 private:
  HandshakeInfo info_;
};

/// Brings a status to the loop that asked for it.
class StatusToLoop final : public plugin_api::StatusHandler {
 public:
  StatusToLoop(LoopServer& loop, HandlerRef<plugin_api::StatusHandler> handler) : loop_(loop), handler_(std::move(handler)) {}
  void on_status(plugin_api::Status status) override {
    if (loop_.event_loop().is_current()) return loop_.tell(std::move(handler_), status);
    loop_.event_loop().post(
        [&loop = loop_, handler = std::move(handler_), status]() mutable { loop.tell(std::move(handler), status); });
  }
  void release() noexcept override { delete this; }

 private:
  LoopServer& loop_;
  HandlerRef<plugin_api::StatusHandler> handler_;
};

}  // namespace

LoopServer::LoopServer(Shared& shared, const Options& options, base::EventLoop& loop, base::SidSource ids)
    : shared_(shared), options_(options), loop_(loop), ids_(std::move(ids)), encoder_(options, *shared.hooks) {}

LoopServer::~LoopServer() { ending_ = true; }

void LoopServer::check_handshake(const engine::HttpRequest& request, std::unique_ptr<engine::HandshakeVerdict> verdict) {
  if (!has_hook(plugin_api::hook_handshake)) return verdict->allow();
  // The request's views end with its connection, which may go while a verdict is awaited: hence a copy.
  auto call = [view = std::make_shared<HandshakeView>(request, wall_clock_ms())](
                  plugin_api::Middleware& middleware, plugin_api::Verdict& v) { middleware.on_handshake(*view, v); };
  auto done = [shared_verdict = std::shared_ptr<engine::HandshakeVerdict>(std::move(verdict))](Outcome&& outcome) {
    if (outcome.kind == Outcome::Kind::pass) return shared_verdict->allow();
    shared_verdict->refuse({outcome.message, outcome.status, outcome.retry_after_seconds});
  };
  std::make_shared<MiddlewareRun>(*this, HookKind::handshake, std::move(call), std::move(done))->start();
}

std::unique_ptr<engine::SessionHandler> LoopServer::open(engine::Session& session, const engine::HttpRequest& request) {
  return std::make_unique<Client>(*this, session, request);
}

NamespaceShard& LoopServer::find_or_create_shard(std::string_view name, const ApplicationBinding& application) {
  if (NamespaceShard* shard = find_shard(name)) return *shard;
  return *shards_.emplace(std::string(name), std::make_unique<NamespaceShard>(*this, name, application)).first->second;
}

void LoopServer::sweep_shard(NamespaceShard& shard) {
  if (ending_) return;
  loop_.post([this, name = std::make_unique<std::string>(shard.name())] {
    const auto found = shards_.find(*name);
    if (found != shards_.end() && found->second->is_unused()) shards_.erase(found);
  });
}

RoomRecord* LoopServer::acquire_room(std::string_view namespace_name, std::string_view room) {
  if (!shared_.registry) return nullptr;
  return &shared_.registry->acquire(room_topic(namespace_name, room), index(), loop_.now());
}

void LoopServer::release_room(RoomRecord* record) {
  if (record != nullptr) shared_.registry->release(*record, index());
}

void LoopServer::when_reachable(RoomRecord* record, HandlerRef<plugin_api::StatusHandler> handler) {
  if (record == nullptr) return tell(std::move(handler), plugin_api::Status::ok);
  shared_.registry->when_reachable(*record, HandlerRef<plugin_api::StatusHandler>(new StatusToLoop(*this, std::move(handler))));
}

}  // namespace signaling::socketio
