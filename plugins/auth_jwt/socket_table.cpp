#include "socket_table.hpp"

#include <utility>

namespace signaling::auth_jwt {

namespace {

/// Calls `use` with each name under which the token may be revoked.
template <class Use>
void for_each_name(const Claims& claims, Use use) {
  if (claims.id) use(Revocations::key_of({Revocation::Kind::token_id, *claims.id, 0}));
  if (claims.subject) use(Revocations::key_of({Revocation::Kind::subject, *claims.subject, 0}));
}

}  // namespace

SocketRecord& SocketTable::put(const std::string& id, SocketRecord record) {
  remove(id);
  index(id, record.identity->claims);
  return records_.emplace(id, std::move(record)).first->second;
}

SocketRecord* SocketTable::find(const std::string& id) {
  const auto found = records_.find(id);
  return found == records_.end() ? nullptr : &found->second;
}

void SocketTable::remove(const std::string& id) {
  const auto found = records_.find(id);
  if (found == records_.end()) return;
  if (found->second.queued_ms != 0) queue_.remove(found->second.queued_ms, id);
  forget(id, found->second.identity->claims);
  records_.erase(found);
}

void SocketTable::schedule(const std::string& id, SocketRecord& record, std::int64_t due_ms) {
  if (record.queued_ms != 0) queue_.remove(record.queued_ms, id);
  record.queued_ms = due_ms;
  queue_.add(due_ms, id);
}

std::optional<std::string> SocketTable::take_due(std::int64_t now_ms) {
  std::optional<std::string> id = queue_.take(now_ms);
  if (id) records_.find(*id)->second.queued_ms = 0;
  return id;
}

std::vector<std::string> SocketTable::find_meant(const Revocation& revocation) const {
  std::vector<std::string> ids;
  const auto [begin, end] = by_name_.equal_range(Revocations::key_of(revocation));
  for (auto entry = begin; entry != end; ++entry) {
    if (is_meant(revocation, records_.find(entry->second)->second.identity->claims)) ids.push_back(entry->second);
  }
  return ids;
}

void SocketTable::index(const std::string& id, const Claims& claims) {
  for_each_name(claims, [&](std::string name) { by_name_.emplace(std::move(name), id); });
}

void SocketTable::forget(const std::string& id, const Claims& claims) {
  for_each_name(claims, [&](const std::string& name) {
    const auto [begin, end] = by_name_.equal_range(name);
    for (auto entry = begin; entry != end; ++entry) {
      if (entry->second != id) continue;
      by_name_.erase(entry);
      return;
    }
  });
}

}  // namespace signaling::auth_jwt
