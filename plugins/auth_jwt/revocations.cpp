#include "revocations.hpp"

#include <algorithm>

namespace signaling::auth_jwt {

namespace {

/// FNV-1a, finished so that sums of hashes spread: all nodes must come to the same number.
std::uint64_t hash(std::string_view text, std::uint64_t seed) {
  std::uint64_t value = 0xcbf29ce484222325ULL ^ seed;
  for (const char c : text) value = (value ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  value ^= value >> 32;
  value *= 0x9fb21c651e98df25ULL;
  return value ^ value >> 29;
}

std::string key(Revocation::Kind kind, std::string_view value) {
  std::string text(1, static_cast<char>(kind));
  text.append(value);
  return text;
}

}  // namespace

bool is_meant(const Revocation& revocation, const Claims& claims) noexcept {
  const std::optional<std::string>& own = revocation.kind == Revocation::Kind::token_id ? claims.id : claims.subject;
  if (own != revocation.value) return false;
  return revocation.issued_before_ms == 0 || !claims.issued_ms || *claims.issued_ms <= revocation.issued_before_ms;
}

std::string Revocations::key_of(const Revocation& revocation) { return key(revocation.kind, revocation.value); }

Revocations::Added Revocations::add(const Revocation& revocation, std::int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  sweep_locked(now_ms, 100);
  if (revocation.until_ms <= now_ms) return Added::known;
  const std::string name = key_of(revocation);
  const auto found = entries_.find(name);
  if (found == entries_.end()) {
    if (entries_.size() >= max_entries_) return Added::full;
    count(*entries_.emplace(name, Entry{revocation.until_ms, revocation.issued_before_ms}).first, true);
    by_end_.emplace(revocation.until_ms, name);
    return Added::yes;
  }
  Entry& entry = found->second;
  const std::int64_t until = std::max(entry.until_ms, revocation.until_ms);
  const bool is_total = entry.issued_before_ms == 0 || revocation.issued_before_ms == 0;
  const std::int64_t issued_before = is_total ? 0 : std::max(entry.issued_before_ms, revocation.issued_before_ms);
  if (until == entry.until_ms && issued_before == entry.issued_before_ms) return Added::known;
  by_end_.erase({entry.until_ms, name});
  by_end_.emplace(until, name);
  count(*found, false);
  entry = {until, issued_before};
  count(*found, true);
  return Added::yes;
}

bool Revocations::is_revoked(const Claims& claims, std::int64_t now_ms) const {
  const std::lock_guard lock(mutex_);
  if (entries_.empty()) return false;
  const auto is_listed = [&](Revocation::Kind kind, const std::optional<std::string>& value) {
    if (!value) return false;
    const auto found = entries_.find(key(kind, *value));
    if (found == entries_.end() || found->second.until_ms <= now_ms) return false;
    return is_meant({kind, *value, found->second.until_ms, found->second.issued_before_ms}, claims);
  };
  return is_listed(Revocation::Kind::token_id, claims.id) || is_listed(Revocation::Kind::subject, claims.subject);
}

std::size_t Revocations::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

void Revocations::set_max_entries(std::size_t max_entries) {
  const std::lock_guard lock(mutex_);
  max_entries_ = max_entries;
}

bool Revocations::sweep(std::int64_t now_ms, std::size_t limit) {
  const std::lock_guard lock(mutex_);
  return sweep_locked(now_ms, limit);
}

bool Revocations::sweep_locked(std::int64_t now_ms, std::size_t limit) {
  for (std::size_t i = 0; !by_end_.empty() && by_end_.begin()->first <= now_ms; ++i) {
    if (i == limit) return false;
    const auto found = entries_.find(by_end_.begin()->second);
    count(*found, false);
    entries_.erase(found);
    by_end_.erase(by_end_.begin());
  }
  return true;
}

void Revocations::count(const Entries::value_type& entry, bool is_added) {
  const auto& [name, times] = entry;
  const std::uint64_t fingerprint =
      hash(name, static_cast<std::uint64_t>(times.until_ms) * 31 + static_cast<std::uint64_t>(times.issued_before_ms));
  const std::int64_t minute = times.until_ms / minute_ms;
  Digest& digest = by_minute_[minute];
  digest.count += is_added ? 1 : ~std::uint64_t{0};
  digest.fingerprint += is_added ? fingerprint : ~fingerprint + 1;
  if (digest.count == 0) by_minute_.erase(minute);
}

std::vector<Revocation> Revocations::page(std::string_view after, std::size_t limit) const {
  const std::lock_guard lock(mutex_);
  std::vector<Revocation> page;
  for (auto entry = entries_.upper_bound(after); entry != entries_.end() && page.size() < limit; ++entry) {
    page.push_back({static_cast<Revocation::Kind>(entry->first.front()), entry->first.substr(1), entry->second.until_ms,
                    entry->second.issued_before_ms});
  }
  return page;
}

Revocations::Digest Revocations::digest(std::int64_t after_minute) const {
  const std::lock_guard lock(mutex_);
  Digest sum;
  for (auto minute = by_minute_.upper_bound(after_minute); minute != by_minute_.end(); ++minute) {
    sum.count += minute->second.count;
    sum.fingerprint += minute->second.fingerprint;
  }
  return sum;
}

}  // namespace signaling::auth_jwt
