#pragma once
// Log lines under the plugin's name: `log.warn("room ", name, " is full after ", elapsed)`.

#include <string>
#include <string_view>
#include <type_traits>

#include <signaling/plugin_api/host.hpp>
#include <signaling/plugin_api/text.hpp>

namespace signaling::plugin_api {

/// Pieces are what `append_text` takes. They are joined only where the level is written: what is costly is given as a function,
/// `log.debug("members: ", [&] { return list_of(room); })`. A reference to the host and no more: to be copied. [any thread]
class Log {
 public:
  explicit Log(Host& host) noexcept : host_(&host) {}

  template <class... Pieces>
  void trace(const Pieces&... pieces) const {
    write(LogLevel::trace, pieces...);
  }
  template <class... Pieces>
  void debug(const Pieces&... pieces) const {
    write(LogLevel::debug, pieces...);
  }
  template <class... Pieces>
  void info(const Pieces&... pieces) const {
    write(LogLevel::info, pieces...);
  }
  template <class... Pieces>
  void warn(const Pieces&... pieces) const {
    write(LogLevel::warn, pieces...);
  }
  template <class... Pieces>
  void error(const Pieces&... pieces) const {
    write(LogLevel::error, pieces...);
  }

  template <class... Pieces>
  void write(LogLevel level, const Pieces&... pieces) const {
    static_assert(sizeof...(Pieces) > 0, "a log line has a text");
    if (!host_->should_log(level)) return;
    if constexpr (sizeof...(Pieces) == 1 && (std::is_convertible_v<const Pieces&, std::string_view> && ...)) {
      (host_->log(level, static_cast<std::string_view>(pieces)), ...);
    } else {
      host_->log(level, text_of(pieces...));
    }
  }

 private:
  Host* host_;
};

}  // namespace signaling::plugin_api
