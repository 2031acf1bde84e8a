#include <algorithm>
#include <unordered_set>
#include <utility>
#include <vector>

#include <signaling/engine/engine.hpp>

#include "engine_context.hpp"
#include "engine_session.hpp"
#include "pending_handshake.hpp"
#include "replies.hpp"
#include "request_check.hpp"

namespace signaling::engine {

class Engine::Impl final : public HandshakeOwner {
 public:
  Impl(const Options& options, base::SidSource ids, const Environment& environment)
      : ids_(std::move(ids)),
        factory_(environment.factory),
        context_(std::make_shared<EngineContext>(options, environment.loop, environment.observer)) {}
  ~Impl() { close_all(); }

  void handle(HttpExchange& exchange);
  void refuse_handshakes();
  std::size_t close_some(std::size_t count, std::mt19937_64& random);
  void close_all();
  EngineContext& context() const noexcept { return *context_; }

 private:
  void on_allowed(PendingHandshake& pending) override;
  void on_refused(PendingHandshake& pending, const HandshakeRefusal& refusal) override;
  void on_no_verdict(PendingHandshake& pending) override;
  void on_gone(PendingHandshake& pending) override { pending_.erase(pending.shared_from_this()); }

  void reject(HttpExchange& exchange, ErrorCode code, const HandshakeRefusal& refusal = {});
  void refuse(HttpExchange& exchange, Unavailable reason);
  void begin_handshake(const PendingHandshake::Subject& subject);
  PendingHandshake::Subject take(PendingHandshake& pending);
  void plan_leaving(std::mt19937_64& random);

  base::SidSource ids_;
  SessionFactory& factory_;
  std::shared_ptr<EngineContext> context_;
  std::unordered_set<std::shared_ptr<PendingHandshake>> pending_;
  bool is_closing_ = false;
  bool is_leaving_planned_ = false;
  std::vector<base::Sid> leaving_;  ///< sessions to be moved away, the last one first
};

void Engine::Impl::handle(HttpExchange& exchange) {
  const HttpRequest& request = exchange.request();
  const EngineQuery query = EngineQuery::parse(request);
  EngineSession* session = query.sid.empty() ? nullptr : context_->find(query.sid);
  // Whoever took an id from somewhere learns no more than one who guessed; the session is not touched.
  if (session != nullptr && !session->may_come_from(request.remote_address)) session = nullptr;
  const SessionTransport current = session != nullptr ? SessionTransport(session->transport()) : std::nullopt;
  const RequestVerdict verdict = check_request(request, query, context_->options(), current);
  switch (verdict.kind) {
    case RequestKind::error: return reject(exchange, verdict.error, {verdict.message});
    case RequestKind::handshake: return begin_handshake({exchange, verdict.transport, query.is_version_4});
    case RequestKind::poll: return session->on_poll(exchange);
    case RequestKind::post: return session->on_post(exchange);
    case RequestKind::probe: return session->on_probe(exchange, query.base64);
    case RequestKind::accept_and_close: return accept_and_close(exchange);
    case RequestKind::wrong_method: return exchange.respond(method_reply());
  }
}

void Engine::Impl::reject(HttpExchange& exchange, ErrorCode code, const HandshakeRefusal& refusal) {
  const HttpRequest& request = exchange.request();
  context_->observer().on_error(code, request.remote_address);
  exchange.respond(error_reply(code, request.wants_websocket, refusal));
}

void Engine::Impl::refuse(HttpExchange& exchange, Unavailable reason) {
  context_->observer().on_unavailable(reason);
  exchange.respond(unavailable_reply(reason));
}

void Engine::Impl::begin_handshake(const PendingHandshake::Subject& subject) {
  if (is_closing_) return refuse(subject.exchange, Unavailable::shutting_down);
  if (context_->size() + pending_.size() >= context_->options().max_sessions) {
    return refuse(subject.exchange, Unavailable::too_many_sessions);
  }
  const auto pending = *pending_.insert(std::make_shared<PendingHandshake>(subject, *this)).first;
  pending->ask(factory_, context_->loop(), context_->options().handshake_timeout);
}

// Ends the wait; the exchange is no longer the pending handshake's.
PendingHandshake::Subject Engine::Impl::take(PendingHandshake& pending) {
  const PendingHandshake::Subject subject = pending.end();
  pending_.erase(pending.shared_from_this());
  return subject;
}

void Engine::Impl::on_allowed(PendingHandshake& pending) {
  const PendingHandshake::Subject subject = take(pending);
  // As late as this on the official server too: who may not come in does not learn which versions there are.
  if (!subject.is_version_4) return reject(subject.exchange, ErrorCode::unsupported_protocol_version);
  auto session = std::make_unique<EngineSession>(*context_, ids_.next(), subject.transport);
  context_->add(std::move(session)).open(subject.exchange, factory_);
}

void Engine::Impl::on_refused(PendingHandshake& pending, const HandshakeRefusal& refusal) {
  const PendingHandshake::Subject subject = take(pending);
  reject(subject.exchange, ErrorCode::forbidden, refusal);
}

void Engine::Impl::on_no_verdict(PendingHandshake& pending) { refuse(take(pending).exchange, Unavailable::no_verdict); }

void Engine::Impl::refuse_handshakes() {
  is_closing_ = true;
  for (const auto& pending : std::exchange(pending_, {})) {
    refuse(pending->end().exchange, Unavailable::shutting_down);
  }
}

// Once: no session comes any more. The table's own order follows the sessions' age.
void Engine::Impl::plan_leaving(std::mt19937_64& random) {
  if (std::exchange(is_leaving_planned_, true)) return;
  leaving_.reserve(context_->size());
  std::size_t on_websocket = 0;
  for (const EngineSession* session : context_->all()) {
    leaving_.push_back(session->sid());
    if (session->transport() == TransportName::websocket) std::swap(leaving_[on_websocket++], leaving_.back());
  }
  const auto first_polling = leaving_.begin() + static_cast<std::ptrdiff_t>(on_websocket);
  std::shuffle(leaving_.begin(), first_polling, random);
  std::shuffle(first_polling, leaving_.end(), random);
}

std::size_t Engine::Impl::close_some(std::size_t count, std::mt19937_64& random) {
  refuse_handshakes();
  plan_leaving(random);
  std::size_t closed = 0;
  while (closed < count && !leaving_.empty()) {
    EngineSession* session = context_->find(leaving_.back().view());
    leaving_.pop_back();
    if (session != nullptr && session->move_away()) ++closed;
  }
  return closed;
}

void Engine::Impl::close_all() {
  refuse_handshakes();
  for (EngineSession* session : context_->all()) session->shut_down();
}

Engine::Engine(const Options& options, base::SidSource ids, Environment environment)
    : impl_(std::make_unique<Impl>(options, std::move(ids), environment)) {}
Engine::~Engine() = default;

void Engine::handle(HttpExchange& exchange) { impl_->handle(exchange); }
void Engine::refuse_handshakes() { impl_->refuse_handshakes(); }
std::size_t Engine::close_some(std::size_t count, std::mt19937_64& random) { return impl_->close_some(count, random); }
void Engine::close_all() { impl_->close_all(); }
std::size_t Engine::session_count() const { return impl_->context().size(); }
void Engine::set_options(const Options& options) { impl_->context().set_options(options); }

}  // namespace signaling::engine
