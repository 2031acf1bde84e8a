#pragma once
// The plugin's table of the configuration file. Constant data: the host reads it before any code of the plugin runs.

#include <signaling/plugin_api/config.hpp>

namespace signaling::rate_limit {

using plugin_api::KeyType;

inline constexpr std::size_t max_rules = 32;

inline constexpr plugin_api::ConfigKey schema[] = {
    {"event", KeyType::string, "\"rate-limited\"", 1, 128, nullptr, true, false, false,
     "Event that warns a client of which something was dropped, with {scope, retryAfterMs}."},
    {"warn_interval", KeyType::duration, "\"1s\"", 0, 3'600'000, nullptr, true, false, false,
     "A socket is warned at most once in this time."},
    {"answer_acks", KeyType::boolean, "true", 0, 0, nullptr, true, false, false,
     "A dropped event that asked for an acknowledgement gets {ok: false, error: {code: \"rate-limited\", …}}; else none."},
    {"ipv4_prefix", KeyType::integer, "32", 8, 32, nullptr, true, false, false,
     "Bits of an IPv4 address that count as one address."},
    {"ipv6_prefix", KeyType::integer, "64", 16, 128, nullptr, true, false, false,
     "Bits of an IPv6 address that count as one address."},
    {"identity_claim", KeyType::string, "\"sub\"", 1, 128, nullptr, true, false, false,
     "Claim of a socket that is its identity; sockets without it are no concern of rules per identity."},
    {"max_addresses", KeyType::integer, "131_072", 1'024, 16'777'216, nullptr, false, false, false,
     "Buckets of addresses (each rule has its own) kept at a time, 48 bytes each."},
    {"max_identities", KeyType::integer, "131_072", 1'024, 16'777'216, nullptr, false, false, false, "The same of identities."},
    {"max_waiting", KeyType::integer, "10_000", 1, 1'000'000, nullptr, true, false, false,
     "Handshakes, CONNECTs and events of one event loop that are delayed, or wait for the shared counters."},
    {"cluster_wait", KeyType::duration, "\"250ms\"", 1, 4'000, nullptr, true, false, false,
     "How long a handshake or CONNECT waits for the shared counters; this node decides alone then."},
    {"cluster_interval", KeyType::duration, "\"200ms\"", 10, 60'000, nullptr, true, false, false,
     "How often events and bytes are told to the shared counters."},
    {"rules", KeyType::table_list, nullptr, 0, max_rules, nullptr, true, false, false,
     "The limits, as [[plugins.rate_limit.rules]]; asked in this order, the first without a token decides."},
    {"rules.name", KeyType::string, nullptr, 1, 64, nullptr, true, true, false,
     "Its name in the log and among the shared counters; buckets are kept under it over a reload."},
    {"rules.per", KeyType::string, nullptr, 0, 0, "socket|address|identity", true, true, false, "Who shares one bucket."},
    {"rules.of", KeyType::string, nullptr, 0, 0, "handshakes|connects|events|bytes", true, true, false,
     "What takes tokens: one for each, or one for each byte of an event, attachments included."},
    {"rules.events", KeyType::string_list, "[]", 0, 64, nullptr, true, false, false,
     "For events and bytes: these events alone, out of one bucket; empty: all."},
    {"rules.burst", KeyType::integer, nullptr, 1, 1'000'000'000'000, nullptr, true, true, false, "Tokens of a full bucket."},
    {"rules.rate", KeyType::integer, nullptr, 1, 1'000'000'000'000, nullptr, true, true, false,
     "Tokens that come back in each interval."},
    {"rules.interval", KeyType::duration, "\"1s\"", 10, 86'400'000, nullptr, true, false, false, "Time for the rate."},
    {"rules.action", KeyType::string, "\"drop\"", 0, 0, "delay|drop|disconnect", true, false, false,
     "What becomes of that for which there is no token."},
    {"rules.max_delay", KeyType::duration, "\"1s\"", 1, 60'000, nullptr, true, false, false,
     "Longest delay; beyond it is dropped. Below socketio.middleware_timeout."},
    {"rules.cluster", KeyType::boolean, "true", 0, 0, nullptr, true, false, false,
     "Per address and identity: all nodes share one bucket where the adapter has shared counters."},
};

}  // namespace signaling::rate_limit
