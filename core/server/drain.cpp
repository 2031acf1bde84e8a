#include <algorithm>
#include <numeric>

#include <signaling/server/drain.hpp>

namespace signaling::server {

namespace {

/// How often is looked whether clients or connections are gone.
constexpr base::Milliseconds look_interval{10};
/// The same where there is nothing to do but to wait: what is told of the clients left is no older.
constexpr base::Milliseconds idle_look_interval{1'000};

base::Milliseconds until(base::TimePoint time, base::TimePoint now) {
  // Rounded up: a step that comes a moment too early would find nothing to do, and come again.
  return std::max(base::Milliseconds(0), std::chrono::ceil<base::Milliseconds>(time - now));
}

}  // namespace

std::string_view to_string(DrainPhase phase) noexcept {
  switch (phase) {
    case DrainPhase::serving: return "serving";
    case DrainPhase::announced: return "announced";
    case DrainPhase::moving: return "moving";
    case DrainPhase::flushing: return "flushing";
    case DrainPhase::stopping: return "stopping";
  }
  return "unknown";
}

Drain::Drain(const DrainOptions& options, base::TimePoint now, std::uint64_t seed)
    : options_(options), random_(seed), phase_end_(now + options.readiness_wait) {}

void Drain::hurry() noexcept {
  if (phase_ == DrainPhase::flushing) is_cut_short_ = true;
  is_hurried_ = true;
}

DrainStep Drain::step(base::TimePoint now, const DrainSight& sight) {
  DrainStep step;
  step.round = ++round_;
  step.wait = look_interval;
  // Every loop has to have counted its clients before they are shared out; one that hangs keeps nobody.
  const bool is_counted = sight.round > 0 || now >= phase_end_ + count_wait;
  if (phase_ == DrainPhase::announced && (is_hurried_ || (now >= phase_end_ && is_counted))) begin_moving(now, sight);
  if (phase_ == DrainPhase::announced && now < phase_end_) step.wait = std::min(idle_look_interval, until(phase_end_, now));
  if (phase_ == DrainPhase::moving) move(now, sight, step);
  if (phase_ == DrainPhase::flushing) {
    step.moves_all = true;
    if (is_cut_short_ || (sight.round >= last_batch_round_ && sight.connections == 0) || now >= phase_end_)
      phase_ = DrainPhase::stopping;
  }
  step.phase = phase_;
  step.refuses_handshakes = phase_ >= DrainPhase::moving;
  step.closes_listener = closes_listener_;
  step.is_cut_short = is_cut_short_;
  return step;
}

void Drain::begin_moving(base::TimePoint now, const DrainSight& sight) {
  phase_ = DrainPhase::moving;
  phase_end_ = now + options_.duration + last_words;
  const auto intervals = static_cast<std::size_t>(std::max<std::int64_t>(1, options_.duration / batch_interval));
  batch_size_ = std::max(least_batch, (sight.clients + intervals - 1) / intervals);
  const std::size_t count = (sight.clients + batch_size_ - 1) / batch_size_;
  // One batch needs no jitter: it is few clients, or no time was given.
  if (count == 1) batches_.push_back(now);
  std::uniform_int_distribution<std::int64_t> offset(0, batch_interval.count() - 1);
  for (std::size_t i = 0; count > 1 && i < count; ++i)
    batches_.push_back(now + static_cast<std::int64_t>(i) * batch_interval + base::Milliseconds(offset(random_)));
  std::reverse(batches_.begin(), batches_.end());
  last_batch_round_ = round_;  // a later report knows of the handshakes that were refused, or finished just before
}

void Drain::move(base::TimePoint now, const DrainSight& sight, DrainStep& step) {
  for (; !batches_.empty() && batches_.back() <= now; batches_.pop_back()) step.move += batch_size_;
  const bool is_known = sight.round >= last_batch_round_ && step.move == 0;
  // Clients go by themselves, and a loop may have had fewer than its share: nobody waits for the end of the time.
  if (is_known && batches_.empty()) step.move = sight.unmoved;
  if (step.move != 0) last_batch_round_ = round_;
  closes_listener_ = closes_listener_ || (is_known && sight.polling == 0);
  const bool is_over = is_known && sight.clients == 0;
  if (is_hurried_ || is_over || now >= phase_end_) return begin_flushing(now);
  if (!batches_.empty()) step.wait = std::min(step.wait, until(batches_.back(), now));
}

void Drain::begin_flushing(base::TimePoint now) {
  phase_ = DrainPhase::flushing;
  closes_listener_ = true;
  last_batch_round_ = round_;
  phase_end_ = now + (is_hurried_ ? std::min(hurried_flush, options_.flush_timeout) : options_.flush_timeout);
}

std::vector<std::size_t> share_out(std::size_t count, const std::vector<std::size_t>& clients) {
  std::vector<std::size_t> shares(clients.size(), 0);
  const std::size_t total = std::accumulate(clients.begin(), clients.end(), std::size_t{0});
  if (total == 0) return shares;
  count = std::min(count, total);
  // Up to and with loop i as much as its part of the whole, so that nothing is lost in rounding. Counts are far below 2^32.
  std::uint64_t before = 0;
  std::uint64_t given = 0;
  for (std::size_t i = 0; i < clients.size(); ++i) {
    before += clients[i];
    const std::uint64_t until_here = before * count / total;
    shares[i] = static_cast<std::size_t>(until_here - given);
    given = until_here;
  }
  return shares;
}

}  // namespace signaling::server
