#include "reply.hpp"

namespace signaling::redis_adapter {

std::string_view to_string(Outcome outcome) noexcept {
  switch (outcome) {
    case Outcome::ok: return "ok";
    case Outcome::away: return "away";
    case Outcome::full: return "full";
    case Outcome::lost: return "lost";
    case Outcome::timeout: return "timeout";
    case Outcome::server: return "server";
  }
  return "unknown";
}

}  // namespace signaling::redis_adapter
