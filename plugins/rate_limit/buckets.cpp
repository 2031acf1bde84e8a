#include "buckets.hpp"

namespace signaling::rate_limit {

Decision Buckets::take(std::span<const Rule> rules, const Parties& parties, const Demand& demand, std::int64_t now_ms,
                       bool is_told, Shares& shares) {
  Decision decision;
  std::size_t socket_rules = 0;
  for (const Rule& rule : rules) {
    Level* const level = rule.scope == Scope::socket ? parties.socket + socket_rules++ : nullptr;
    if (!rule.concerns(demand.event)) continue;
    const double amount = rule.subject == Subject::bytes ? demand.bytes : 1;
    Share share{&rule, level, {}, amount};
    Taken taken;
    if (level != nullptr) {
      taken = level->take(rule.bounds, amount, now_ms);
    } else {
      const BucketKey* const key = rule.scope == Scope::identity ? parties.identity : parties.address;
      if (key == nullptr) continue;
      share.key = *key;
      taken = table(rule.scope).take(*key, rule, amount, now_ms, is_told);
    }
    if (!taken.is_taken) {
      give_back(shares.all(), is_told);
      shares.clear();
      return {&rule, true, taken.wait_ms};
    }
    if (taken.wait_ms > decision.wait_ms) decision = {&rule, false, taken.wait_ms};
    shares.add(share);
  }
  return decision;
}

void Buckets::give_back(std::span<const Share> shares, bool is_told) {
  for (const Share& share : shares) {
    if (share.level != nullptr) {
      share.level->give_back(share.amount);
    } else {
      table(share.rule->scope).give_back(share.key, *share.rule, share.amount, is_told);
    }
  }
}

}  // namespace signaling::rate_limit
