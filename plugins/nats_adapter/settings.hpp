#pragma once
// The plugin's table in the form that its parts need.

#include <broker_parts/tls_options.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <signaling/plugin_api/config.hpp>

namespace signaling::nats_adapter {

struct Login {
  std::string username;
  std::string password;
  std::string token;
  std::string credentials_file;
};

struct Settings {
  std::vector<std::string> urls = {"nats://127.0.0.1:4222"};
  Login login;
  broker_parts::TlsOptions tls;
  std::string prefix = "signaling";
  bool is_stored_in_files = false;
  std::int64_t replicas = 1;
  std::int64_t max_stream_bytes = -1;
  std::chrono::milliseconds lease{10'000};
  std::chrono::milliseconds operation_timeout{5'000};
  std::chrono::milliseconds request_timeout{2'000};
  std::chrono::milliseconds connect_timeout{2'000};
  std::chrono::milliseconds reconnect_max_delay{1'000};
  std::size_t max_queue_bytes = 64u << 20;
  std::size_t max_members_per_room = 1'000'000;
  std::size_t max_value_bytes = 65'536;
  std::size_t max_waiting_operations = 100'000;

  std::chrono::milliseconds beat_interval() const { return lease / 10; }
};

/// Reports what the schema cannot: URLs, files, keys that exclude or need each other. Reads files with secrets.
Settings read_settings(const plugin_api::ConfigView& config, plugin_api::Problems& problems);

}  // namespace signaling::nats_adapter
