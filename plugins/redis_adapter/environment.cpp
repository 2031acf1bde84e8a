#include "environment.hpp"

namespace signaling::redis_adapter {

void Environment::log(plugin_api::LogLevel level, std::string_view text) noexcept {
  if (is_stopped) return;
  try {
    observer.on_log(level, text);
  } catch (...) {
    // A line that cannot be written must not end the thread that everything runs on.
  }
}

void Environment::report(std::string_view what, std::string_view text) noexcept {
  try {
    log(plugin_api::LogLevel::error, std::string(what) + " threw: " + std::string(text));
  } catch (...) {
    log(plugin_api::LogLevel::error, "a handler threw");
  }
}

}  // namespace signaling::redis_adapter
