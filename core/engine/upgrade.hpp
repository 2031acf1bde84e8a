#pragma once
// The upgrade from polling to WebSocket seen from the probing WebSocket, as a machine (engine.io-protocol v4, "Upgrade"):
// `2probe` is answered by `3probe`, then the session's polls are ended every 100 ms until the client says `5`.

#include <string_view>

#include <signaling/base/clock.hpp>

namespace signaling::engine {

class Upgrade {
 public:
  enum class Action : std::uint8_t {
    wait,
    answer_probe,  ///< send `3probe`
    end_poll,      ///< answer a waiting poll, so that the client's polling can come to its end
    complete,
    fail,  ///< close the probing WebSocket; the session goes on with polling
  };
  static constexpr base::Milliseconds end_poll_interval{100};

  Upgrade(base::TimePoint now, base::Duration timeout) noexcept : give_up_at_(now + timeout) {}

  /// A client may say `5` without having probed: it has decided, and engine.io lets it.
  Action on_message(bool is_binary, std::string_view text, base::TimePoint now) noexcept;
  Action on_time(base::TimePoint now) noexcept;
  /// The client has been told `3probe`, or is about to be.
  bool has_answered() const noexcept { return has_probed_; }
  base::TimePoint deadline() const noexcept { return has_probed_ && end_poll_at_ < give_up_at_ ? end_poll_at_ : give_up_at_; }

 private:
  base::TimePoint give_up_at_;
  base::TimePoint end_poll_at_{};
  bool has_probed_ = false;
};

}  // namespace signaling::engine
