#pragma once
// The plugin's table of the configuration file. Constant data: the host reads it before any code of the plugin runs.

#include <signaling/plugin_api/config.hpp>

namespace signaling::memory_adapter {

inline constexpr plugin_api::ConfigKey schema[] = {
    {"max_rooms", plugin_api::KeyType::integer, "1_000_000", 1, 1'000'000'000, nullptr, false, false, false,
     "Rooms with members at the same time, of all applications together."},
    {"max_members_per_room", plugin_api::KeyType::integer, "1_000_000", 1, 1'000'000'000, nullptr, false, false, false,
     "Members of one room, whatever the application asks for."},
    {"max_value_bytes", plugin_api::KeyType::integer, "65_536", 1, 16'777'216, nullptr, false, false, false,
     "What a member may register about itself, in bytes."},
    {"history", plugin_api::KeyType::boolean, "true", 0, 0, nullptr, false, false, false,
     "Keep the last messages of topics that ask for it."},
    {"history_max_topics", plugin_api::KeyType::integer, "100_000", 1, 100'000'000, nullptr, false, false, false,
     "Topics with a history at the same time."},
    {"history_max_items", plugin_api::KeyType::integer, "1_000", 1, 10'000'000, nullptr, false, false, false,
     "Messages kept for one topic; the oldest goes first."},
    {"history_max_bytes", plugin_api::KeyType::integer, "1_000_000", 1, 1'000'000'000, nullptr, false, false, false,
     "Bytes kept for one topic; the oldest message goes first."},
    {"history_ttl", plugin_api::KeyType::duration, "\"2m\"", 1, 86'400'000, nullptr, false, false, false,
     "Age at which a kept message is forgotten."},
    {"max_counters", plugin_api::KeyType::integer, "1_000_000", 1, 100'000'000, nullptr, false, false, false,
     "Counters of plugins such as rate_limit above 0 at the same time."},
};

}  // namespace signaling::memory_adapter
