#include "shared_buckets.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include <signaling/plugin_api/callbacks.hpp>

namespace signaling::rate_limit {

using plugin_api::CounterLevel;
using plugin_api::CounterTake;
using plugin_api::Status;

namespace {

/// Buckets told in one interval, and in one call.
constexpr std::size_t max_reports = 1'024;
constexpr std::size_t max_takes = 128;
static_assert(max_takes <= plugin_api::max_counter_takes);

/// Rules of one name are the same on all nodes, and so are keys.
std::string name_of(const Rule& rule, const BucketKey& key) {
  std::string name(to_string(rule.scope));
  name.append("\n").append(rule.name).append("\n").append(key.text());
  return name;
}

/// Up to this level the shared counter takes; the same as Level::judge says of `burst` and `delay_tokens`.
double limit_of(const Rule& rule, double amount) noexcept {
  return rule.bounds.burst + rule.bounds.delay_tokens + amount - std::min(amount, rule.bounds.burst);
}

}  // namespace

struct SharedBuckets::Check {
  std::shared_ptr<const RuleSet> rules;
  std::vector<Share> all;
  std::vector<Share> asked;
  Decision local;
  Decided decided;
};

void SharedBuckets::check(std::shared_ptr<const RuleSet> rules, std::span<const Share> shares, const Decision& local,
                          Decided decided) {
  auto check = std::make_unique<Check>(Check{std::move(rules), {shares.begin(), shares.end()}, {}, local, std::move(decided)});
  std::vector<std::string> names;
  std::vector<CounterTake> takes;
  names.reserve(shares.size());  // the views below point into its elements
  for (const Share& share : shares) {
    if (!share.rule->is_shared) continue;
    check->asked.push_back(share);
    takes.push_back({names.emplace_back(name_of(*share.rule, share.key)), share.amount,
                     share.rule->bounds.tokens_per_ms * 1'000, limit_of(*share.rule, share.amount)});
  }
  metrics_.checks.add(1);
  const std::uint32_t wait_ms = check->rules->cluster_wait_ms;
  counters_->take(takes, wait_ms,
                  plugin_api::make_counter_handler([this, check = std::move(check)](auto levels) { finish(*check, levels); }));
}

void SharedBuckets::finish(Check& check, std::span<const CounterLevel> levels) {
  const std::int64_t now_ms = host_.monotonic_ms();
  Decision decision = check.local;
  bool was_answered = false;
  for (std::size_t i = 0; i < check.asked.size() && i < levels.size(); ++i) {
    const Share& share = check.asked[i];
    BucketTable& table = buckets_.table(share.rule->scope);
    if (levels[i].status != Status::ok) {
      if (levels[i].status != Status::timeout) table.add_untold(share.key, *share.rule, share.amount);
      continue;
    }
    was_answered = true;
    table.set_level(share.key, *share.rule, levels[i].level, now_ms);
    // What was taken is in the level already; what was not would have come on top.
    const double before = levels[i].is_taken ? levels[i].level - share.amount : levels[i].level;
    const Taken judged = Level::judge(share.rule->bounds, before, share.amount);
    if (!levels[i].is_taken) {
      if (!decision.is_refused) decision = {share.rule, true, judged.wait_ms};
    } else if (!decision.is_refused && judged.wait_ms > decision.wait_ms) {
      decision = {share.rule, false, judged.wait_ms};
    }
  }
  if (!was_answered) metrics_.fallbacks.add(1);
  if (decision.is_refused) {
    std::vector<std::string> names;
    std::vector<CounterTake> returned;
    names.reserve(check.asked.size());
    for (std::size_t i = 0; i < check.asked.size() && i < levels.size(); ++i) {
      const Share& share = check.asked[i];
      if (levels[i].status == Status::ok && !levels[i].is_taken) continue;  // its level is that of the others alone
      const bool is_untold = levels[i].status != Status::ok && levels[i].status != Status::timeout;
      buckets_.table(share.rule->scope).give_back(share.key, *share.rule, share.amount, !is_untold);
      if (levels[i].status != Status::ok) continue;
      returned.push_back({names.emplace_back(name_of(*share.rule, share.key)), -share.amount,
                          share.rule->bounds.tokens_per_ms * 1'000, plugin_api::no_counter_limit});
    }
    for (const Share& share : check.all) {
      if (!share.rule->is_shared) buckets_.give_back({&share, 1}, true);
    }
    if (!returned.empty()) {
      counters_->take(returned, check.rules->cluster_wait_ms, plugin_api::make_counter_handler([](auto) {}));
    }
  }
  check.decided(decision);
}

void SharedBuckets::report(std::shared_ptr<const RuleSet> rules) {
  for (const Scope scope : {Scope::address, Scope::identity}) {
    reports_.clear();
    buckets_.table(scope).collect(reports_, max_reports);
    std::erase_if(reports_, [&](const Report& report) { return rules->find(scope, report.slot) == nullptr; });
    for (std::size_t at = 0; at < reports_.size(); at += max_takes) {
      send(rules, scope, std::span(reports_).subspan(at, std::min(max_takes, reports_.size() - at)));
    }
  }
}

void SharedBuckets::send(const std::shared_ptr<const RuleSet>& rules, Scope scope, std::span<const Report> reports) {
  std::vector<std::string> names;
  std::vector<CounterTake> takes;
  names.reserve(reports.size());
  for (const Report& report : reports) {
    const Rule& rule = *rules->find(scope, report.slot);
    takes.push_back({names.emplace_back(name_of(rule, report.key)), report.tokens, rule.bounds.tokens_per_ms * 1'000,
                     plugin_api::no_counter_limit});
  }
  metrics_.reports.add(static_cast<double>(reports.size()));
  // Longer than a check: nobody waits.
  constexpr std::uint32_t patience_ms = 2'000;
  counters_->take(
      takes, patience_ms,
      plugin_api::make_counter_handler([this, rules, scope, sent = std::vector<Report>(reports.begin(), reports.end())](
                                           auto levels) { take_over(*rules, scope, sent, levels); }));
}

void SharedBuckets::take_over(const RuleSet& rules, Scope scope, std::span<const Report> reports,
                              std::span<const CounterLevel> levels) {
  const std::int64_t now_ms = host_.monotonic_ms();
  BucketTable& table = buckets_.table(scope);
  for (std::size_t i = 0; i < reports.size() && i < levels.size(); ++i) {
    const Rule* rule = rules.find(scope, reports[i].slot);
    if (rule == nullptr) continue;
    if (levels[i].status == Status::ok) {
      table.set_level(reports[i].key, *rule, levels[i].level, now_ms);
      continue;
    }
    metrics_.lost_reports.add(1);
    // Where it may have arrived, telling it again could count it twice.
    if (levels[i].status != Status::timeout) table.add_untold(reports[i].key, *rule, reports[i].tokens);
  }
}

}  // namespace signaling::rate_limit
