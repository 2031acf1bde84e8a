#pragma once
// A table with the keys that the adapters over a broker have the same.

#include <string_view>

#include <signaling/plugin_api/config.hpp>
#include <signaling/test_kit/fake_config.hpp>

namespace signaling::broker_parts {

using plugin_api::KeyType;

inline constexpr plugin_api::ConfigKey schema[] = {
    {"url", KeyType::string, "\"x://default\"", 1, 2'048, nullptr, false, false, true, ""},
    {"urls", KeyType::string_list, nullptr, 1, 64, nullptr, false, false, true, ""},
    {"password", KeyType::string, nullptr, 0, 4'096, nullptr, true, false, true, ""},
    {"password_file", KeyType::string, nullptr, 1, 4'096, nullptr, true, false, false, ""},
    {"tls_verify", KeyType::boolean, "true", 0, 0, nullptr, false, false, false, ""},
    {"tls_ca_file", KeyType::string, nullptr, 1, 4'096, nullptr, false, false, false, ""},
    {"tls_cert_file", KeyType::string, nullptr, 1, 4'096, nullptr, false, false, false, ""},
    {"tls_key_file", KeyType::string, nullptr, 1, 4'096, nullptr, false, false, false, ""},
    {"tls_server_name", KeyType::string, nullptr, 1, 255, nullptr, false, false, false, ""},
    {"lease", KeyType::duration, "\"10s\"", 1'000, 300'000, nullptr, false, false, false, ""},
    {"max_queue_bytes", KeyType::integer, "65_536", 1, 1'000'000, nullptr, false, false, false, ""},
};

inline testing::FakeConfig config_of(std::string_view toml) { return testing::FakeConfig(schema, toml); }

}  // namespace signaling::broker_parts
