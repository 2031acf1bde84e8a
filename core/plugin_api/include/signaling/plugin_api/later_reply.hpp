#pragma once
// The answer to an event of another node's plugin, given later.

#include <atomic>
#include <string_view>

#include <signaling/plugin_api/application.hpp>
#include <signaling/plugin_api/replies.hpp>
#include <signaling/plugin_api/values.hpp>

namespace signaling::plugin_api {

/// Defers a `ServerReply` (of `on_server_event` or `on_peer_event`) and owns it: answered by the first call, never twice, and
/// with `failed_reply` where it is destroyed without. Made in the handler [loop]; answered on [any thread], also by two at a
/// time (the first counts). Moved by one at a time. Ended in `stop` at the latest, as a `LaterVerdict`.
class [[nodiscard]] LaterReply {
 public:
  LaterReply() = default;
  explicit LaterReply(ServerReply& reply) : reply_(&reply.defer()) {}
  LaterReply(LaterReply&& other) noexcept : reply_(other.take()) {}
  LaterReply& operator=(LaterReply&& other) noexcept {
    if (this != &other) {
      end();
      reply_.store(other.take(), std::memory_order_release);
    }
    return *this;
  }
  ~LaterReply() { end(); }

  /// `args.text`: a JSON array. False where it was answered before.
  bool answer(const Payload& args) {
    ServerReply* const reply = take();
    if (reply == nullptr) return false;
    reply->answer(args);
    return true;
  }
  bool is_answered() const noexcept { return reply_.load(std::memory_order_acquire) == nullptr; }

 private:
  ServerReply* take() noexcept { return reply_.exchange(nullptr, std::memory_order_acq_rel); }
  void end() noexcept {
    if (ServerReply* const reply = take()) reply->answer({{&failed_reply, 1}});
  }

  std::atomic<ServerReply*> reply_{nullptr};
};

}  // namespace signaling::plugin_api
