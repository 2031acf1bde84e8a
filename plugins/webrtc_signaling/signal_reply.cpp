#include "signal_reply.hpp"

#include <cstddef>
#include <utility>

#include "loop.hpp"
#include "replies.hpp"

namespace signaling::webrtc_signaling {

using plugin_api::AckToken;
using plugin_api::Status;

/// Free handlers, linked through themselves.
struct SignalReplies::Pool {
  Loop* loop;  ///< nullptr: the loop has gone
  Reply* free = nullptr;
  std::size_t in_use = 0;
};

class SignalReplies::Reply final : public plugin_api::StatusHandler {
 public:
  explicit Reply(Pool& pool) : pool_(pool) {}

  void begin(StateRef sender, AckToken ack) {
    sender_ = std::move(sender);
    ack_ = ack;
  }

  void on_status(Status status) override {
    plugin_api::Socket* socket = sender_->socket;
    if (socket == nullptr) return;
    switch (status) {
      case Status::ok: acknowledge(*socket, ack_); break;
      case Status::not_found:
      case Status::not_member: refuse_with(*socket, ErrorCode::peer_unavailable, "to: no such peer in the room"); break;
      case Status::timeout: refuse_with(*socket, ErrorCode::unavailable, "the node of that peer does not answer"); break;
      default: refuse_with(*socket, ErrorCode::unavailable, "the node of that peer cannot be reached now");
    }
  }

  void release() noexcept override {
    sender_ = {};
    --pool_.in_use;
    if (pool_.loop != nullptr) {
      next = std::exchange(pool_.free, this);
      return;
    }
    Pool* pool = &pool_;
    delete this;
    if (pool->in_use == 0) delete pool;
  }

  Reply* next = nullptr;

 private:
  void refuse_with(plugin_api::Socket& socket, ErrorCode code, std::string_view message) {
    refuse(*pool_.loop, socket, ack_, {code, message});
  }

  Pool& pool_;
  StateRef sender_;
  AckToken ack_;
};

SignalReplies::SignalReplies(Loop& loop) : pool_(new Pool{&loop}) {}

SignalReplies::~SignalReplies() {
  while (Reply* reply = pool_->free) {
    pool_->free = reply->next;
    delete reply;
  }
  pool_->loop = nullptr;
  if (pool_->in_use == 0) delete pool_;
}

plugin_api::StatusHandler& SignalReplies::make(StateRef sender, AckToken ack) {
  Reply* reply = pool_->free;
  if (reply != nullptr) {
    pool_->free = reply->next;
  } else {
    reply = new Reply(*pool_);
  }
  ++pool_->in_use;
  reply->begin(std::move(sender), ack);
  return *reply;
}

}  // namespace signaling::webrtc_signaling
