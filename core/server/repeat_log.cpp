#include <utility>

#include <signaling/server/config_text.hpp>
#include <signaling/server/repeat_log.hpp>

namespace signaling::server {

RepeatLog::RepeatLog(std::size_t shards, base::Milliseconds interval, Emit emit) : interval_(interval), emit_(std::move(emit)) {
  for (std::size_t i = 0; i < shards; ++i) shards_.push_back(std::make_unique<Shard>());
}

void RepeatLog::add(std::size_t shard, std::string_view component, std::string_view kind, std::string_view example,
                    std::uint64_t count) {
  Shard& own = *shards_[shard];
  const std::lock_guard lock(own.mutex);
  Key key{std::string(component), std::string(kind)};
  auto it = own.tallies.find(key);
  if (it == own.tallies.end()) {
    if (own.tallies.size() >= max_kinds) key.kind = "other";
    it = own.tallies.try_emplace(std::move(key)).first;
  }
  it->second.count += count;
  if (!example.empty()) it->second.example = example;
}

void RepeatLog::flush(base::TimePoint now, bool all) {
  for (const std::unique_ptr<Shard>& shard : shards_) {
    std::map<Key, Tally> tallies;
    {
      const std::lock_guard lock(shard->mutex);
      tallies.swap(shard->tallies);
    }
    for (auto& [key, tally] : tallies) {
      Tally& sum = pending_[key].tally;
      sum.count += tally.count;
      if (!tally.example.empty()) sum.example = std::move(tally.example);
    }
  }
  for (auto it = pending_.begin(); it != pending_.end();) {
    auto& [key, pending] = *it;
    const bool is_due = !pending.was_told || now - pending.told >= interval_;
    if (!is_due && !all) {
      ++it;
    } else if (pending.tally.count == 0) {
      it = pending_.erase(it);  // nothing for a whole interval: the next one is a first one again
    } else {
      // The first line of a kind tells of what has just happened; later ones sum up since the line before.
      std::string line = grouped_decimal(pending.tally.count) + " × " + key.kind;
      if (pending.was_told) {
        const auto since = std::chrono::duration_cast<std::chrono::seconds>(now - pending.told);
        line += " in the last " + std::to_string(since.count()) + " s";
      }
      if (!pending.tally.example.empty()) line += ", last from " + pending.tally.example;
      emit_(key.component, line);
      pending = Pending{{}, now, true};
      ++it;
    }
  }
}

std::string grouped_decimal(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, ",");
  }
  return digits;
}

}  // namespace signaling::server
