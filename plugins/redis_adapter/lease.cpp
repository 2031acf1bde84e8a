#include "lease.hpp"

#include <array>

#include "presence_entry.hpp"

namespace signaling::redis_adapter {

namespace {
constexpr std::string_view forget_ms = "600000";
/// Of beats that notices ask for.
constexpr std::int64_t min_interval_us = 50 * us_per_ms;

std::vector<NodeRow> parse_rows(const redisReply* list) {
  std::vector<NodeRow> rows;
  for (std::size_t i = 0; i + 4 < size_of(list); i += 5) {
    rows.push_back({std::string(text_at(list, i)), text_at(list, i + 1) == "A", std::string(text_at(list, i + 2)),
                    std::string(text_at(list, i + 3)), decode_description(text_at(list, i + 4))});
  }
  return rows;
}
}  // namespace

void Lease::on_opened(std::string_view run_id, bool is_new_epoch) {
  run_id_ = run_id;
  is_open_ = true;
  if (is_new_epoch || epoch_since_us_ == 0) {
    ++epoch_;
    epoch_since_us_ = context_.now_us();
    was_registered_ = false;
  }
  next_beat_us_ = 0;
}

bool Lease::is_sure() const {
  return is_registered_ && context_.now_us() - last_good_us_ < us_of(context_.settings.registration_ttl());
}

bool Lease::is_fresh() const {
  return is_sure() && context_.now_us() - last_good_us_ < 2 * us_of(context_.settings.beat_interval()) + 500'000;
}

void Lease::tick() {
  const std::int64_t now = context_.now_us();
  if (!is_open_ || is_beating_ || is_leaving_ || now < next_beat_us_ || now - last_beat_us_ < min_interval_us) return;
  beat();
}

void Lease::beat() {
  const std::int64_t now = context_.now_us();
  last_beat_us_ = now;
  next_beat_us_ = now + us_of(context_.settings.beat_interval());
  is_beating_ = true;
  const std::string ttl = std::to_string(context_.settings.registration_ttl().count());
  const std::string grace = std::to_string(context_.settings.lease.count() * 3 / 10);
  const std::string_view mode = is_reviving_ ? "revive" : was_registered_ ? "renew" : "new";
  const std::array<std::string_view, 8> args = {run_id_, context_.tag, context_.incarnation, ttl,
                                                grace,   forget_ms,    description_,         mode};
  context_.eval(0, context_.scripts.beat, args, [this, now](const Reply& reply) {
    is_beating_ = false;
    on_beat(now, reply);
  });
}

void Lease::on_beat(std::int64_t sent_us, const Reply& reply) {
  if (is_leaving_) return;
  if (!reply) {
    if (reply.outcome == Outcome::server)
      context_.log(plugin_api::LogLevel::error, std::string("Redis refused to register this node: ").append(reply.text));
    return;
  }
  const std::string_view verdict = text_at(reply.value, 0);
  if (verdict == "epoch") {
    const bool is_other = text_at(reply.value, 1) == "other";
    is_open_ = is_other;
    return listener_.on_registry_closed(is_other);
  }
  is_taken_ = verdict == "taken";
  if (verdict == "dead" || verdict == "unknown") {
    const std::string death(verdict == "dead" ? text_at(reply.value, 1) : text_at(reply.value, 2));
    is_registered_ = false;
    is_reviving_ = verdict == "dead";
    was_registered_ = false;
    next_beat_us_ = 0;
    listener_.on_own_death(death);
  } else if (is_taken_) {
    is_registered_ = false;
    was_registered_ = false;
    context_.log(plugin_api::LogLevel::warn,
                 "another process is registered under this node's tag; waiting for its lease to end");
  } else if (verdict == "ok") {
    const bool is_new = !std::exchange(is_registered_, true);
    was_registered_ = true;
    is_reviving_ = false;
    last_good_us_ = sent_us;
    if (is_new) {
      listener_.on_news();
      listener_.on_registered();
    }
  }
  if (number_at(reply.value, 3) > 0) listener_.on_news();
  const auto changes = table_.update(parse_rows(array_at(reply.value, 4)), epoch_, epoch_since_us_,
                                     us_of(context_.settings.lease), context_.now_us());
  listener_.on_nodes(changes);
}

void Lease::leave(Callback<void()> done) {
  is_leaving_ = true;
  if (!is_open_) return done();
  const std::array<std::string_view, 2> args = {context_.tag, context_.incarnation};
  auto shared = std::make_shared<Callback<void()>>(std::move(done));
  context_.eval(0, context_.scripts.leave, args, [shared](const Reply&) { (*shared)(); });
}

}  // namespace signaling::redis_adapter
