#include "settings.hpp"

#include <array>
#include <charconv>
#include <string>
#include <string_view>

#include "failure.hpp"
#include "mark.hpp"

namespace signaling::bench_load {

const char* const usage =
    "usage: bench_load --ports P1,P2,... --scenario fanout|relay|rejoin|connect|idle [options]\n"
    "  --clients N     100; fanout and rejoin: a multiple of --room-size; relay: even\n"
    "  --room-size R   10; relay always has rooms of 2\n"
    "  --in-flight K   1; messages (rejoin: members) on their way in each room, at most 255\n"
    "  --bytes B       64; of the data of a message, 32 to 1000000\n"
    "  --transport T   websocket, or polling\n"
    "  --tls           any certificate will do\n"
    "  --deflate       permessage-deflate is offered, and messages from 1024 bytes on are compressed; WebSocket only\n"
    "  --greeting G    idle: clients join rooms, and each sends one message of G bytes before it falls silent\n"
    "  --mode M        closed, or open: fanout and relay at --rate messages a second in all\n"
    "  --warmup S      1; seconds between the first message and the measured ones\n"
    "  --seconds S     5; measured\n"
    "  --spread        connections come from many addresses of 127.0.0.0/8\n";

namespace {

constexpr std::size_t most_clients = 1'000'000;
constexpr double longest_seconds = 3600;

struct ScenarioName {
  std::string_view name;
  ScenarioKind kind;
};
constexpr std::array scenario_names{
    ScenarioName{"fanout", ScenarioKind::fanout}, ScenarioName{"relay", ScenarioKind::relay},
    ScenarioName{"rejoin", ScenarioKind::rejoin}, ScenarioName{"connect", ScenarioKind::connect},
    ScenarioName{"idle", ScenarioKind::idle},
};

template <typename Number>
Number number(std::string_view option, std::string_view text, Number least, Number most) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !(value >= least && value <= most)) {
    throw Failure(std::string(option) + " wants a number from " + std::to_string(least) + " to " + std::to_string(most) +
                  ", not '" + std::string(text) + "'");
  }
  return value;
}

std::vector<std::uint16_t> ports_of(std::string_view text) {
  std::vector<std::uint16_t> ports;
  for (;;) {
    const std::size_t comma = text.find(',');
    ports.push_back(number<std::uint16_t>("--ports", text.substr(0, comma), 1, 65535));
    if (comma == std::string_view::npos) return ports;
    text.remove_prefix(comma + 1);
  }
}

ScenarioKind scenario_of(std::string_view text) {
  for (const ScenarioName& known : scenario_names) {
    if (known.name == text) return known.kind;
  }
  throw Failure("--scenario wants fanout, relay, rejoin, connect or idle, not '" + std::string(text) + "'");
}

bool is_open_mode(std::string_view text) {
  if (text != "open" && text != "closed") throw Failure("--mode wants closed or open, not '" + std::string(text) + "'");
  return text == "open";
}

bool is_polling(std::string_view text) {
  if (text != "websocket" && text != "polling") {
    throw Failure("--transport wants websocket or polling, not '" + std::string(text) + "'");
  }
  return text == "polling";
}

void apply(Settings& settings, std::string_view option, std::string_view value) {
  if (option == "--ports") {
    settings.ports = ports_of(value);
  } else if (option == "--scenario") {
    settings.scenario = scenario_of(value);
  } else if (option == "--clients") {
    settings.clients = number<std::size_t>(option, value, 1, most_clients);
  } else if (option == "--room-size") {
    settings.room_size = number<std::size_t>(option, value, 1, 65535);
  } else if (option == "--in-flight") {
    settings.in_flight = number<std::size_t>(option, value, 1, 255);
  } else if (option == "--bytes") {
    settings.bytes = number<std::size_t>(option, value, mark_bytes, 1'000'000);
  } else if (option == "--mode") {
    settings.is_open = is_open_mode(value);
  } else if (option == "--transport") {
    settings.is_polling = is_polling(value);
  } else if (option == "--greeting") {
    settings.greeting_bytes = number<std::size_t>(option, value, mark_bytes, 1'000'000);
  } else if (option == "--rate") {
    settings.rate = number<double>(option, value, 0, 10'000'000);
  } else if (option == "--warmup") {
    settings.warmup_seconds = number<double>(option, value, 0, longest_seconds);
  } else if (option == "--seconds") {
    settings.seconds = number<double>(option, value, 0.01, longest_seconds);
  } else {
    throw Failure("unknown option " + std::string(option));
  }
}

/// @return false: it is none
bool apply_flag(Settings& settings, std::string_view option) {
  if (option == "--spread") {
    settings.spread = true;
  } else if (option == "--tls") {
    settings.tls = true;
  } else if (option == "--deflate") {
    settings.deflate = true;
  } else {
    return false;
  }
  return true;
}

void check(Settings& settings) {
  if (settings.ports.empty()) throw Failure("--ports is missing");
  const bool has_messages = settings.scenario == ScenarioKind::fanout || settings.scenario == ScenarioKind::relay;
  const bool is_idle = settings.scenario == ScenarioKind::idle;
  const bool has_rooms = has_messages || settings.scenario == ScenarioKind::rejoin || settings.greeting_bytes > 0;
  if (settings.scenario == ScenarioKind::relay) settings.room_size = 2;
  if (has_rooms && settings.room_size < 2) throw Failure("--room-size wants at least 2 here");
  if (has_rooms && settings.clients % settings.room_size != 0) {
    throw Failure("--clients has to be a multiple of " + std::to_string(settings.room_size) + ", the members of a room");
  }
  if (has_rooms && settings.clients / settings.room_size > 65535) throw Failure("--clients: more than 65535 rooms");
  if (settings.scenario == ScenarioKind::rejoin && settings.in_flight > settings.room_size) {
    throw Failure("--in-flight: a room has fewer members");
  }
  if (settings.greeting_bytes > 0 && !is_idle) throw Failure("--greeting is for idle");
  if (settings.is_polling && settings.deflate) throw Failure("--deflate is for WebSocket");
  if (settings.is_open && !has_messages) throw Failure("--mode open is for fanout and relay");
  if (settings.is_open && settings.rate < 1) throw Failure("--mode open wants --rate, at least 1 a second");
}

}  // namespace

Settings parse_settings(int argc, const char* const* argv) {
  Settings settings;
  bool has_scenario = false;
  for (int i = 1; i < argc; ++i) {
    const std::string_view option = argv[i];
    if (apply_flag(settings, option)) continue;
    if (i + 1 >= argc) throw Failure(std::string(option) + " wants a value, or is unknown");
    apply(settings, option, argv[++i]);
    has_scenario = has_scenario || option == "--scenario";
  }
  if (!has_scenario) throw Failure("--scenario is missing");
  check(settings);
  return settings;
}

}  // namespace signaling::bench_load
