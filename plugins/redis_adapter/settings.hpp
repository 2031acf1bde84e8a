#pragma once
// The plugin's table in the form that its parts need.

#include <chrono>
#include <cstddef>
#include <string>

#include <signaling/plugin_api/config.hpp>

#include "options.hpp"

namespace signaling::redis_adapter {

struct Settings {
  BackendOptions backend;
  std::string prefix = "signaling";
  std::chrono::milliseconds lease{10'000};
  std::chrono::milliseconds operation_timeout{5'000};
  std::chrono::milliseconds command_timeout{2'000};
  std::chrono::milliseconds settle_time{3'000};
  std::chrono::milliseconds linger{250};
  std::chrono::milliseconds welcome_timeout{500};
  std::chrono::milliseconds probe_interval{1'000};
  std::chrono::milliseconds probe_timeout{2'000};
  std::chrono::milliseconds start_wait{3'000};
  std::size_t max_batch_bytes = 65'536;
  std::size_t max_inbox_bytes = 64u << 20;
  std::size_t max_waiting_operations = 100'000;
  std::size_t max_members_per_room = 1'000'000;
  std::size_t max_value_bytes = 65'536;

  std::chrono::milliseconds beat_interval() const { return lease / 10; }
  /// A registration is good for so long; what is left of the lease is for the others to see it and to take the entries.
  std::chrono::milliseconds registration_ttl() const { return lease * 8 / 10; }
};

/// Reports what the schema cannot: URLs, files, keys that exclude or need each other. Reads password files.
Settings read_settings(const plugin_api::ConfigView& config, plugin_api::Problems& problems);

}  // namespace signaling::redis_adapter
