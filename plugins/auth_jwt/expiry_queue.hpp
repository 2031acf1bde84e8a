#pragma once
// Sockets by the moment at which something is to be done about them. Pure.

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace signaling::auth_jwt {

class ExpiryQueue {
 public:
  void add(std::int64_t due_ms, std::string_view id) { entries_.emplace(due_ms, id); }
  void remove(std::int64_t due_ms, std::string_view id) { entries_.erase({due_ms, std::string(id)}); }
  std::optional<std::int64_t> next() const { return entries_.empty() ? std::nullopt : std::optional(entries_.begin()->first); }
  /// Takes out the first that is due.
  std::optional<std::string> take(std::int64_t now_ms) {
    if (entries_.empty() || entries_.begin()->first > now_ms) return std::nullopt;
    return std::move(entries_.extract(entries_.begin()).value().second);
  }
  std::size_t size() const noexcept { return entries_.size(); }

 private:
  std::set<std::pair<std::int64_t, std::string>> entries_;
};

}  // namespace signaling::auth_jwt
