#include "scenario.hpp"

#include <string>

#include "connect.hpp"
#include "failure.hpp"
#include "fanout.hpp"
#include "idle.hpp"
#include "rejoin.hpp"
#include "relay.hpp"

namespace signaling::bench_load {

void Scenario::on_closed(Client& client) { throw Failure("client " + std::to_string(client.index) + " closed unasked"); }

std::unique_ptr<Scenario> make_scenario(Crowd& crowd, const Settings& settings) {
  switch (settings.scenario) {
    case ScenarioKind::fanout: return std::make_unique<Fanout>(crowd, settings);
    case ScenarioKind::relay: return std::make_unique<Relay>(crowd, settings);
    case ScenarioKind::rejoin: return std::make_unique<Rejoin>(crowd, settings);
    case ScenarioKind::connect: return std::make_unique<Connect>(crowd, settings);
    case ScenarioKind::idle: return std::make_unique<Idle>(crowd, settings);
  }
  throw Failure("no such scenario");
}

}  // namespace signaling::bench_load
