#include "ack_table.hpp"

#include <utility>

#include "loop_server.hpp"

namespace signaling::socketio {

class AckTable::Pending final : public base::Timer {
 public:
  Pending(AckTable& table, std::uint64_t id, HandlerRef<plugin_api::AckHandler> taken)
      : handler(std::move(taken)), table_(table), id_(id) {}

  HandlerRef<plugin_api::AckHandler> handler;

 private:
  void on_timer(base::TimePoint) override {
    HandlerRef<plugin_api::AckHandler> taken = std::move(handler);
    LoopServer& loop = table_.loop_;
    table_.pending_.erase(id_);  // ends this object
    loop.call_handler(*taken, [&] { taken->on_failure(plugin_api::Status::timeout); });
  }

  AckTable& table_;
  std::uint64_t id_;
};

AckTable::AckTable(LoopServer& loop) : loop_(loop) {}
AckTable::~AckTable() = default;

void AckTable::expect(std::uint64_t id, HandlerRef<plugin_api::AckHandler> handler, const base::TimePoint* deadline) {
  auto pending = std::make_unique<Pending>(*this, id, std::move(handler));
  if (deadline != nullptr) loop_.event_loop().timers().arm(*pending, *deadline);
  pending_.insert_or_assign(id, std::move(pending));
}

bool AckTable::resolve(std::uint64_t id, std::string_view args, std::span<const plugin_api::Bytes> attachments) {
  const auto found = pending_.find(id);
  if (found == pending_.end()) return false;
  HandlerRef<plugin_api::AckHandler> handler = std::move(found->second->handler);
  pending_.erase(found);
  loop_.call_handler(*handler, [&] { handler->on_ack(args, attachments); });
  return true;
}

void AckTable::drop(std::uint64_t id) { pending_.erase(id); }

void AckTable::fail_all(plugin_api::Status status) {
  // A handler may ask again: what it adds is not told here, the socket refuses it because it is closing.
  const auto ended = std::exchange(pending_, {});
  for (const auto& entry : ended) {
    loop_.call_handler(*entry.second->handler, [&] { entry.second->handler->on_failure(status); });
  }
}

}  // namespace signaling::socketio
