#include "polling_side.hpp"

#include <utility>

#include "engine_session.hpp"
#include "replies.hpp"

namespace signaling::engine {

// No poll outlives what could answer it.
PollingSide::~PollingSide() {
  if (has_poll()) answer(bare_reply(400));
}

void PollingSide::hold(HttpExchange& exchange) {
  poll_ = &exchange;
  exchange.set_owner(this);
}

void PollingSide::answer(HttpReply&& reply) { std::exchange(poll_, nullptr)->respond(std::move(reply)); }

// Packets may be lost with that answer, and a client that still lives would poll on without them: engine.io ends the session.
void PollingSide::on_exchange_lost() {
  poll_ = nullptr;
  session_.fail(CloseReason::transport_error);
}

void PollingSide::on_answer_wanted() { session_.end_poll(); }

}  // namespace signaling::engine
