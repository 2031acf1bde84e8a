#pragma once
// Acknowledgements that one socket owes the server.

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <unordered_map>

#include <signaling/base/timer_queue.hpp>
#include <signaling/plugin_api/socket.hpp>

#include "handler_ref.hpp"

namespace signaling::socketio {

class LoopServer;

/// One per socket, made with its first pending acknowledgement. One thread. Each handler is told exactly once: the answer,
/// `timeout`, or `closed`.
class AckTable {
 public:
  explicit AckTable(LoopServer& loop);
  ~AckTable();
  AckTable(const AckTable&) = delete;
  AckTable& operator=(const AckTable&) = delete;

  std::size_t size() const noexcept { return pending_.size(); }
  /// Without a deadline (a broadcast keeps its own), the entry stays until it is answered, dropped or the socket closes.
  void expect(std::uint64_t id, HandlerRef<plugin_api::AckHandler> handler, const base::TimePoint* deadline);
  /// False where nobody waits for this id: answered before, timed out, or never asked.
  bool resolve(std::uint64_t id, std::string_view args, std::span<const plugin_api::Bytes> attachments);
  /// Forgets an entry whose deadline is kept elsewhere; its handler is released untold.
  void drop(std::uint64_t id);
  void fail_all(plugin_api::Status status);

 private:
  class Pending;

  LoopServer& loop_;
  std::unordered_map<std::uint64_t, std::unique_ptr<Pending>> pending_;
};

}  // namespace signaling::socketio
