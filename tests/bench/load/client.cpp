#include "client.hpp"

#include "failure.hpp"

namespace signaling::bench_load {

const char* name_of(Phase phase) noexcept {
  switch (phase) {
    case Phase::closed: return "closed";
    case Phase::connecting: return "connecting";
    case Phase::upgrading: return "upgrading";
    case Phase::opening: return "opening";
    case Phase::joining: return "joining the namespace";
    case Phase::ready: return "ready";
    case Phase::closing: return "closing";
  }
  return "unknown";
}

void fail(const Settings& settings, const Client& client, std::string_view what) {
  throw Failure("client " + std::to_string(client.index) + " on port " +
                std::to_string(settings.ports[client.index % settings.ports.size()]) + ", " + name_of(client.phase) + ": " +
                std::string(what));
}

}  // namespace signaling::bench_load
