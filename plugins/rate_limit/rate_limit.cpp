#include "rate_limit.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <random>
#include <string>
#include <utility>

#include <signaling/plugin_api/callbacks.hpp>
#include <signaling/plugin_api/json_build.hpp>
#include <signaling/plugin_api/log.hpp>
#include <signaling/plugin_api/typed_config.hpp>

#include "schema.hpp"

namespace signaling::rate_limit {

using plugin_api::Event;
using plugin_api::Handshake;
using plugin_api::Problems;
using plugin_api::Socket;
using plugin_api::Verdict;
using plugin_api::json::Pieces;

namespace {

constexpr std::string_view refusal_text = "rate limited";
constexpr unsigned too_many_requests = 429;  // RFC 6585 section 4

/// Whole milliseconds, at least one: a client that comes back then is let in. An hour is not an hour and a millisecond for the
/// last digit of a double.
std::int64_t whole_ms(double ms) noexcept { return static_cast<std::int64_t>(std::max(1.0, std::ceil(ms - ms * 1e-12))); }

/// A number as text, on the stack.
class Decimal {
 public:
  explicit Decimal(std::int64_t number)
      : size_(static_cast<std::size_t>(std::to_chars(text_.data(), text_.data() + text_.size(), number).ptr - text_.data())) {}
  std::string_view text() const noexcept { return {text_.data(), size_}; }

 private:
  std::array<char, 24> text_;
  std::size_t size_;
};

BucketTable::Seed random_seed() {
  std::random_device random;
  const auto word = [&random] { return std::uint64_t{random()} << 32 | random(); };
  return {word(), word()};
}

double bytes_of(const Event& event) noexcept {
  std::size_t bytes = event.text.size();
  for (const plugin_api::Bytes attachment : event.attachments) bytes += attachment.size();
  return static_cast<double>(bytes);
}

}  // namespace

void RateLimit::validate(const plugin_api::ConfigView& config, Problems& problems) {
  Slots none;
  read_rules(config, none, problems);
}

void RateLimit::start(const plugin_api::ConfigView& config, Problems& problems) {
  plugin_api::CountingProblems counting(problems);
  const auto rules = std::make_shared<const RuleSet>(read_rules(config, slots_, counting));
  if (counting.has_any()) return;
  metrics_.emplace(host_);
  refusals_ = static_cast<plugin_api::HandshakeRefusals*>(host_.query(plugin_api::HandshakeRefusals::interface_name));
  auto* counters = static_cast<plugin_api::SharedCounters*>(host_.query(plugin_api::SharedCounters::interface_name));
  const plugin_api::Config values(config, schema);
  buckets_.emplace(values.get<std::size_t>("max_addresses"), values.get<std::size_t>("max_identities"), random_seed());
  shared_.emplace(host_, counters, *buckets_, *metrics_);
  loops_ = plugin_api::PerLoop<Loop>(host_, [&rules](std::uint32_t) { return Loop{rules, {}, {}}; });
  if (config.size("rules") == 0) plugin_api::Log(host_).warn("there are no rules: nothing is limited");
  tick_ = plugin_api::run_every_on(host_, 0, rules->cluster_interval, [this] { tick(); });
}

void RateLimit::reload(const plugin_api::ConfigView& config, Problems& problems) {
  plugin_api::CountingProblems counting(problems);
  const auto rules = std::make_shared<const RuleSet>(read_rules(config, slots_, counting));
  if (counting.has_any()) return;
  loops_.on_each([rules](Loop& loop) { loop.rules = rules; });
  tick_.set_interval(rules->cluster_interval);
}

// The loops have ended.
void RateLimit::stop() {
  loops_.visit([](Loop& loop) { loop.held.refuse_all(); });
}

// All of them, since a reload may bring rules for each.
std::uint32_t RateLimit::hooks() const {
  return plugin_api::hook_handshake | plugin_api::hook_connect | plugin_api::hook_event | plugin_api::hook_disconnect;
}

void RateLimit::tick() {
  const auto tell = [](std::uint64_t evicted, std::uint64_t& told, plugin_api::Counter metric) {
    if (evicted != told) metric.add(static_cast<double>(evicted - std::exchange(told, evicted)));
  };
  tell(buckets_->table(Scope::address).evicted(), told_evicted_[0], metrics_->evicted_addresses);
  tell(buckets_->table(Scope::identity).evicted(), told_evicted_[1], metrics_->evicted_identities);
  if (shared_->are_there()) shared_->report(loops_.at(0).rules);
}

void RateLimit::on_handshake(const Handshake& handshake, Verdict& verdict) {
  Loop& loop = loops_.at(host_.current_loop());
  if (loop.rules->handshakes.empty()) return verdict.pass();
  const BucketKey address = key_of_address(handshake.address(), loop.rules->prefix);
  open(Opening::handshake, loop, loop.rules->handshakes, {&address, nullptr, nullptr}, verdict);
}

void RateLimit::on_connect(Socket& socket, Verdict& verdict) {
  Loop& loop = loops_.of(socket);
  if (loop.rules->connects.empty()) return verdict.pass();
  const BucketKey address = key_of_address(socket.handshake().address(), loop.rules->prefix);
  std::optional<BucketKey> identity;
  if (loop.rules->has_identity_rules) identity = key_of_identity(socket.claims(), loop.rules->identity_claim);
  open(Opening::connect, loop, loop.rules->connects, {&address, identity ? &*identity : nullptr, nullptr}, verdict);
}

void RateLimit::open(Opening opening, Loop& loop, std::span<const Rule> rules, const Parties& parties, Verdict& verdict) {
  Shares shares;
  // Told: the shared counters are asked below.
  const Decision decision = buckets_->take(rules, parties, {}, host_.monotonic_ms(), true, shares);
  if (decision.is_refused) return refuse(opening, decision, verdict);
  const bool has_room = loop.held.size() < loop.rules->max_waiting;
  if (shared_->are_there() && shares.has_shared() && has_room) {
    // A std::function wants copies.
    const std::shared_ptr<HeldVerdicts::Held> held = loop.held.hold(verdict.defer());
    return shared_->check(loop.rules, shares.all(), decision, [this, &loop, opening, held](const Decision& shared) {
      Verdict* deferred = held->take();
      if (deferred == nullptr) return;  // the plugin has stopped
      if (shared.is_refused) return refuse(opening, shared, *deferred);
      if (shared.limiting == nullptr) return deferred->pass();
      metrics_->count(*shared.limiting, Action::delay);
      pass_later(loop, shared.wait_ms, *deferred);
    });
  }
  if (decision.limiting == nullptr) return verdict.pass();
  if (!has_room) {
    buckets_->give_back(shares.all(), true);
    return refuse(opening, {decision.limiting, true, decision.wait_ms}, verdict);
  }
  metrics_->count(*decision.limiting, Action::delay);
  pass_later(loop, decision.wait_ms, verdict.defer());
}

void RateLimit::refuse(Opening opening, const Decision& decision, Verdict& verdict) {
  const bool ends = decision.limiting->action == Action::disconnect;
  metrics_->count(*decision.limiting, ends ? Action::disconnect : Action::drop);
  const std::int64_t retry_ms = whole_ms(decision.wait_ms);
  if (opening == Opening::handshake) {
    if (refusals_ == nullptr) return verdict.refuse(refusal_text);
    return refusals_->refuse(verdict, {too_many_requests, refusal_text, static_cast<std::uint32_t>((retry_ms + 999) / 1000)});
  }
  if (ends) return verdict.disconnect();
  const Decimal retry(retry_ms);
  std::string data = R"({"code":"rate-limited","retryAfterMs":)";
  data.append(retry.text()).append("}");
  verdict.refuse(refusal_text, data);
}

void RateLimit::pass_later(Loop& loop, double wait_ms, Verdict& deferred) {
  host_.start_timer(static_cast<std::uint64_t>(whole_ms(wait_ms)), plugin_api::make_task([held = loop.held.hold(deferred)] {
                      if (Verdict* verdict = held->take()) verdict->pass();
                    }));
}

void RateLimit::on_event(Socket& socket, const Event& event, Verdict& verdict) {
  Loop& loop = loops_.of(socket);
  const RuleSet& rules = *loop.rules;
  if (rules.events.empty()) return verdict.pass();
  const std::int64_t now_ms = host_.monotonic_ms();
  SocketState& state = loop.sockets.of(socket, loop.rules, now_ms);
  const Parties parties{&state.address, state.identity ? &*state.identity : nullptr, state.levels.data()};
  Shares shares;
  Decision decision =
      buckets_->take(rules.events, parties, {event.name, bytes_of(event)}, now_ms, !shared_->are_there(), shares);
  if (decision.limiting == nullptr) return verdict.pass();
  if (!decision.is_refused) {
    if (loop.held.size() < rules.max_waiting) {
      metrics_->count(*decision.limiting, Action::delay);
      return pass_later(loop, decision.wait_ms, verdict.defer());
    }
    buckets_->give_back(shares.all(), !shared_->are_there());
    decision.is_refused = true;
  }
  limit(socket, state, event, decision, now_ms, verdict);
}

void RateLimit::limit(Socket& socket, SocketState& state, const Event& event, const Decision& decision, std::int64_t now_ms,
                      Verdict& verdict) {
  const Rule& rule = *decision.limiting;
  const bool ends = rule.action == Action::disconnect;
  const Decimal retry(whole_ms(decision.wait_ms));
  metrics_->count(rule, ends ? Action::disconnect : Action::drop);
  if (ends || now_ms >= state.next_warning_ms) {
    state.next_warning_ms = now_ms + state.rules->warn_interval_ms;
    metrics_->warnings.add(1);
    // Not volatile: while a polling client sends, no poll of it is open, and it would never be told.
    socket.emit(Pieces(state.rules->warning_head, to_string(rule.scope), R"(","retryAfterMs":)", retry.text(), "}]"),
                {.compress = false});
  }
  if (ends) return verdict.disconnect();
  if (state.rules->answers_acks && event.ack.wanted()) {
    socket.reply(event.ack, Pieces(R"([{"ok":false,"error":{"code":"rate-limited","message":"rate limited","retryAfterMs":)",
                                   retry.text(), "}}]"));
  }
  verdict.refuse(refusal_text);
}

void RateLimit::on_disconnect(Socket& socket, std::string_view) { loops_.of(socket).sockets.forget(socket); }

}  // namespace signaling::rate_limit
