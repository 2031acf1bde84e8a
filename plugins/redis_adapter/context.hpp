#pragma once
// What the parts of one adapter share. All of it belongs to the adapter's thread.

#include <broker_parts/clock.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <signaling/plugin_api/adapter.hpp>
#include <signaling/plugin_api/host.hpp>

#include "backend.hpp"
#include "metrics.hpp"
#include "names.hpp"
#include "scripts.hpp"
#include "settings.hpp"

namespace signaling::redis_adapter {

using broker_parts::Clock;
using broker_parts::us_of;
using broker_parts::us_per_ms;

struct Context {
  Backend& backend;
  const Names& names;
  const Settings& settings;
  const Scripts& scripts;
  const Clock& clock;
  plugin_api::AdapterEvents& events;
  plugin_api::Host& host;
  Metrics& metrics;
  std::string tag;          ///< of this node
  std::string incarnation;  ///< 16 characters; another for every start

  std::int64_t now_us() const { return clock.steady_us(); }
  bool is_own(std::string_view other) const { return other == tag; }
  /// Runs a script on the keys of one partition.
  void eval(Partition partition, const Script& script, std::span<const std::string_view> args, ReplyHandler handler) const {
    eval_within(settings.command_timeout, partition, script, args, std::move(handler));
  }
  void eval_within(std::chrono::milliseconds timeout, Partition partition, const Script& script,
                   std::span<const std::string_view> args, ReplyHandler handler) const {
    const std::string mark = names.mark(partition);
    const std::string_view keys[] = {names.base(partition), mark};
    backend.eval(partition, script, keys, args, timeout, std::move(handler));
  }
  void log(plugin_api::LogLevel level, std::string_view text) const {
    if (host.should_log(level)) host.log(level, text);
  }
};

/// Element of an array reply as text or number; empty and 0 where there is none.
inline std::string_view text_at(const redisReply* reply, std::size_t index) noexcept {
  return reply != nullptr && reply->type == REDIS_REPLY_ARRAY && index < reply->elements ? text_of(*reply->element[index])
                                                                                         : std::string_view();
}
inline long long number_at(const redisReply* reply, std::size_t index) noexcept {
  if (reply == nullptr || reply->type != REDIS_REPLY_ARRAY || index >= reply->elements) return 0;
  return reply->element[index]->type == REDIS_REPLY_INTEGER ? reply->element[index]->integer : 0;
}
inline const redisReply* array_at(const redisReply* reply, std::size_t index) noexcept {
  if (reply == nullptr || reply->type != REDIS_REPLY_ARRAY || index >= reply->elements) return nullptr;
  return reply->element[index]->type == REDIS_REPLY_ARRAY ? reply->element[index] : nullptr;
}
inline std::size_t size_of(const redisReply* reply) noexcept {
  return reply != nullptr && reply->type == REDIS_REPLY_ARRAY ? reply->elements : 0;
}

}  // namespace signaling::redis_adapter
