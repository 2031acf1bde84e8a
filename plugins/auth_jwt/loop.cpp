#include "loop.hpp"

#include <algorithm>
#include <utility>

#include <signaling/plugin_api/callbacks.hpp>
#include <signaling/plugin_api/json_build.hpp>
#include <signaling/plugin_api/json_slice.hpp>
#include <signaling/plugin_api/namespaces.hpp>

#include "key_store.hpp"
#include "token_source.hpp"

namespace signaling::auth_jwt {

using plugin_api::AckToken;
using plugin_api::Event;
using plugin_api::Socket;
using plugin_api::Status;
using plugin_api::Verdict;
namespace json = plugin_api::json;

namespace {

constexpr std::string_view refresh_event = "auth:refresh";
/// Verifications in one turn of the loop, sockets looked at in one turn: about a millisecond of each.
constexpr int retries_per_turn = 16;
constexpr int looks_per_turn = 256;
/// The wall clock may be set: nothing is waited for longer without looking at it.
constexpr std::int64_t longest_timer_ms = 60'000;
/// A socket that other middleware still thinks about is looked at again so soon.
constexpr std::int64_t look_again_ms = 100;

std::string expires_in(std::int64_t deadline_ms, std::int64_t now_ms) {
  return deadline_ms == 0 ? "null" : std::to_string(std::max<std::int64_t>(deadline_ms - now_ms, 0));
}

}  // namespace

Loop::Loop(Shared shared, std::shared_ptr<const Options> options)
    : shared_(shared),
      options_(std::move(options)),
      keys_(std::make_shared<const KeySet>()),
      verifier_(keys_, options_->tokens, options_->cache_entries) {}

void Loop::set_options(std::shared_ptr<const Options> options) {
  options_ = std::move(options);
  verifier_ = Verifier(keys_, options_->tokens, options_->cache_entries);
}

void Loop::set_keys(std::shared_ptr<const KeySet> keys, bool is_settled) {
  keys_ = std::move(keys);
  verifier_.set_keys(keys_);
  retry(is_settled);
}

void Loop::set_synchronized() {
  is_synchronized_ = true;
  retry(false);
}

Verifier::Result Loop::examine(std::string_view namespace_name, std::string_view token) {
  const std::int64_t now = shared_.host.wall_clock_ms();
  Verifier::Result result = verifier_.verify(token, now);
  if (result.identity == nullptr) return result;
  const Claims& claims = result.identity->claims;
  std::optional<Refusal> refusal = check_required(claims, options_->tokens.claims.required);
  const NamespaceRule* rule = options_->rule_of(namespace_name);
  if (!refusal && rule != nullptr) refusal = check_required(claims, rule->required);
  if (!refusal && shared_.revocations.is_revoked(claims, now)) refusal = Refusal{Code::not_allowed, "revoked"};
  if (refusal) return {nullptr, *refusal};
  return result;
}

bool Loop::has_to_wait(const Verifier::Result& result, Waiting& waiting) {
  if (result.identity != nullptr) return !is_synchronized_;
  waiting.is_for_keys = result.names_unknown_key && shared_.keys.request_refresh();
  return waiting.is_for_keys;
}

void Loop::wait(const std::string& id, Waiting&& waiting) {
  waiting.timer = shared_.host.start_timer(max_wait_ms, plugin_api::make_task([this, id] {
                                             if (const auto found = waiting_.find(id); found != waiting_.end())
                                               found->second.timer = 0;
                                             decide(id, true);
                                           }));
  waiting_.emplace(id, std::move(waiting));
  shared_.metrics.waiting->add(1);
}

void Loop::retry(bool keys_are_settled) {
  for (auto& [id, waiting] : waiting_) {
    if (waiting.is_for_keys) waiting.is_last_try = waiting.is_last_try || keys_are_settled;
    to_retry_.push_back(id);
  }
  if (!is_working_off_ && !to_retry_.empty()) work_off();
}

void Loop::work_off() {
  is_working_off_ = true;
  for (int i = 0; i < retries_per_turn && !to_retry_.empty(); ++i) {
    const std::string id = std::move(to_retry_.front());
    to_retry_.pop_front();
    const auto found = waiting_.find(id);
    if (found != waiting_.end()) decide(id, found->second.is_last_try);
  }
  is_working_off_ = false;
  if (to_retry_.empty()) return;
  is_working_off_ = true;
  shared_.host.post(shared_.host.current_loop(), plugin_api::make_task([this] { work_off(); }));
}

void Loop::decide(const std::string& id, bool is_last_try) {
  const auto found = waiting_.find(id);
  if (found == waiting_.end()) return;
  const Verifier::Result result = examine(found->second.namespace_name, found->second.token);
  if (!is_last_try) {
    if (result.identity != nullptr && !is_synchronized_) {
      found->second.is_for_keys = false;
      return;
    }
    if (result.names_unknown_key && found->second.is_for_keys) return;
  }
  const Waiting ended = std::move(found->second);
  waiting_.erase(found);
  shared_.metrics.waiting->add(-1);
  if (ended.timer != 0) shared_.host.cancel_timer(ended.timer);
  if (ended.verdict != nullptr) return conclude(*ended.socket, *ended.verdict, result);
  Socket* socket = shared_.host.namespaces().find_local(ended.namespace_name, id);
  if (socket != nullptr) conclude_refresh(*socket, ended.ack, result);
}

void Loop::on_connect(Socket& socket, Verdict& verdict) {
  const std::string_view name = socket.namespace_name();
  const Policy policy = options_->policy_of(name);
  if (policy == Policy::off) return verdict.pass();
  std::string token = find_token(socket.handshake(), *options_);
  if (token.empty()) {
    if (policy == Policy::required)
      return refuse(verdict, name, socket.id(), {Code::token_missing, "none of the sources has a token"});
    if (!options_->anonymous_claims.empty() && socket.set_claims(options_->anonymous_claims) != Status::ok)
      return refuse(verdict, name, socket.id(),
                    {Code::not_allowed, "anonymous_claims are longer than socketio.max_socket_data_bytes"});
    shared_.metrics.anonymous->add(1);
    return verdict.pass();
  }
  const Verifier::Result result = examine(name, token);
  Waiting waiting;
  if (!has_to_wait(result, waiting)) return conclude(socket, verdict, result);
  if (waiting_.size() >= max_waiting) return refuse(verdict, name, socket.id(), {Code::token_invalid, "too many wait"});
  waiting.namespace_name = name;
  waiting.token = std::move(token);
  waiting.socket = &socket;
  waiting.verdict = &verdict.defer();
  wait(std::string(socket.id()), std::move(waiting));
}

void Loop::conclude(Socket& socket, Verdict& verdict, const Verifier::Result& result) {
  if (result.identity == nullptr) return refuse(verdict, socket.namespace_name(), socket.id(), result.refusal);
  if (socket.set_claims(result.identity->json) != Status::ok)
    return refuse(verdict, socket.namespace_name(), socket.id(),
                  {Code::token_invalid, "claims are longer than socketio.max_socket_data_bytes"});
  keep(std::string(socket.id()), socket.namespace_name(), result.identity);
  shared_.metrics.accepted->add(1);
  verdict.pass();
}

void Loop::refuse(Verdict& verdict, std::string_view namespace_name, std::string_view id, const Refusal& refusal) {
  shared_.metrics.refused[static_cast<std::size_t>(refusal.code)]->add(1);
  log_refusal("refused", namespace_name, id, refusal);
  const std::string_view code = to_string(refusal.code);
  std::string data = R"({"code":")";
  data.append(code).append(R"("})");
  verdict.refuse(code, data);
}

void Loop::log_refusal(std::string_view what, std::string_view namespace_name, std::string_view id,
                       const Refusal& refusal) const {
  if (!shared_.host.should_log(plugin_api::LogLevel::debug)) return;
  std::string line(what);
  // A namespace's name is checked by the server, an id is its own; nothing else that a client chose stands here.
  line.append(" ").append(to_string(refusal.code)).append(" in ").append(namespace_name).append(": ").append(refusal.detail);
  line.append(" (socket ").append(id.substr(0, 8)).append("...)");
  shared_.host.log(plugin_api::LogLevel::debug, line);
}

void Loop::on_event(Socket& socket, const Event& event, Verdict& verdict) {
  if (event.name != refresh_event || options_->policy_of(socket.namespace_name()) == Policy::off) return verdict.pass();
  verdict.refuse({});  // it was for this plugin, and goes no further
  const std::string id(socket.id());
  if (sockets_.find(id) == nullptr) return refuse_refresh(socket, event.ack, {Code::not_allowed, "came without a token"});
  json::Elements arguments(event.args);
  std::string token = arguments.next() ? token_of(arguments.value(), options_->auth_key) : std::string();
  if (token.empty()) return refuse_refresh(socket, event.ack, {Code::token_missing, "no token in the event"});
  const Verifier::Result result = examine(socket.namespace_name(), token);
  Waiting waiting;
  if (!has_to_wait(result, waiting)) return conclude_refresh(socket, event.ack, result);
  if (waiting_.size() >= max_waiting || waiting_.contains(id))
    return refuse_refresh(socket, event.ack, {Code::token_invalid, "too many wait"});
  waiting.namespace_name = socket.namespace_name();
  waiting.token = std::move(token);
  waiting.ack = event.ack;
  wait(id, std::move(waiting));
}

void Loop::conclude_refresh(Socket& socket, AckToken ack, const Verifier::Result& result) {
  if (result.identity == nullptr) return refuse_refresh(socket, ack, result.refusal);
  const std::string id(socket.id());
  const SocketRecord* old = sockets_.find(id);
  if (old == nullptr || old->is_revoked) return refuse_refresh(socket, ack, {Code::not_allowed, "revoked"});
  if (old->identity->claims.subject != result.identity->claims.subject ||
      old->identity->claims.issuer != result.identity->claims.issuer)
    return refuse_refresh(socket, ack, {Code::not_allowed, "of another subject or issuer"});
  if (socket.set_claims(result.identity->json) != Status::ok)
    return refuse_refresh(socket, ack, {Code::token_invalid, "claims are longer than socketio.max_socket_data_bytes"});
  const SocketRecord& record = keep(id, socket.namespace_name(), result.identity);
  shared_.metrics.refreshed->add(1);
  if (!ack.wanted()) return;
  const std::string in = expires_in(record.deadline_ms, shared_.host.wall_clock_ms());
  socket.reply(ack, json::Pieces(R"([{"ok":true,"expiresIn":)", in, "}]"));
}

void Loop::refuse_refresh(Socket& socket, AckToken ack, const Refusal& refusal) {
  shared_.metrics.refresh_refused->add(1);
  log_refusal("refresh refused", socket.namespace_name(), socket.id(), refusal);
  if (!ack.wanted()) return;
  const std::string_view code = to_string(refusal.code);
  socket.reply(ack, json::Pieces(R"([{"ok":false,"error":{"code":")", code, R"(","message":")", code, R"("}}])"));
}

SocketRecord& Loop::keep(const std::string& id, std::string_view namespace_name,
                         const std::shared_ptr<const Identity>& identity) {
  SocketRecord& record = sockets_.put(id, {std::string(namespace_name), identity});
  if (!identity->claims.expires_ms) return record;
  record.deadline_ms = *identity->claims.expires_ms + options_->tokens.claims.leeway_ms;
  const std::int64_t lead = options_->expiry_warning_ms;
  record.was_warned = lead == 0;
  sockets_.schedule(id, record, record.deadline_ms - lead);
  arm();
  return record;
}

void Loop::on_disconnect(Socket& socket) {
  const std::string id(socket.id());
  sockets_.remove(id);
  const auto found = waiting_.find(id);
  if (found == waiting_.end()) return;
  const Waiting ended = std::move(found->second);
  waiting_.erase(found);
  shared_.metrics.waiting->add(-1);
  if (ended.timer != 0) shared_.host.cancel_timer(ended.timer);
  if (ended.verdict != nullptr) ended.verdict->refuse({});  // nobody hears it, but the object wants its end
}

std::size_t Loop::disconnect(const Revocation& revocation) {
  const std::vector<std::string> ids = sockets_.find_meant(revocation);
  const std::int64_t now = shared_.host.wall_clock_ms();
  for (const std::string& id : ids) {
    SocketRecord* record = sockets_.find(id);
    if (record == nullptr) continue;  // went with another one of its client
    record->is_revoked = true;
    look_at(id, now);
  }
  arm();
  return ids.size();
}

void Loop::look_at(const std::string& id, std::int64_t now_ms) {
  SocketRecord& record = *sockets_.find(id);
  Socket* socket = shared_.host.namespaces().find_local(record.namespace_name, id);
  if (socket == nullptr || !socket->is_connected()) return sockets_.schedule(id, record, now_ms + look_again_ms);
  if (record.is_revoked) {
    shared_.metrics.revoked->add(1);
    return socket->disconnect(true);
  }
  if (now_ms >= record.deadline_ms) {
    shared_.metrics.expired->add(1);
    return socket->disconnect(false);
  }
  if (!record.was_warned) {
    record.was_warned = true;
    const std::string in = expires_in(record.deadline_ms, now_ms);
    socket->emit(json::Pieces(R"(["auth:expiring",{"expiresIn":)", in, "}]"));
  }
  sockets_.schedule(id, record, record.deadline_ms);
}

void Loop::on_timer() {
  const std::int64_t now = shared_.host.wall_clock_ms();
  for (int i = 0; i < looks_per_turn; ++i) {
    const std::optional<std::string> id = sockets_.take_due(now);
    if (!id) break;
    look_at(*id, now);
  }
  arm();
}

void Loop::arm() {
  const std::optional<std::int64_t> due = sockets_.next_due();
  if (!due) return;
  if (timer_ != 0) {
    if (timer_due_ms_ <= *due) return;
    shared_.host.cancel_timer(timer_);
  }
  const std::int64_t now = shared_.host.wall_clock_ms();
  const std::int64_t delay = std::clamp<std::int64_t>(*due - now, 1, longest_timer_ms);
  timer_due_ms_ = now + delay;
  timer_ = shared_.host.start_timer(static_cast<std::uint64_t>(delay), plugin_api::make_task([this] {
                                      timer_ = 0;
                                      on_timer();
                                    }));
}

}  // namespace signaling::auth_jwt
