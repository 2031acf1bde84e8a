#pragma once
// The hook for events on their way out. What is emitted to a `FakeSocket` goes through it.

#include <optional>
#include <string>
#include <vector>

#include <signaling/plugin_api/outgoing.hpp>
#include <signaling/test_kit/received.hpp>

namespace signaling::testing {

/// What became of one event for one socket.
struct OutgoingEvent {
  std::string socket_id;
  Received emitted;
  std::optional<Received> sent;  ///< what the socket gets; nullopt: dropped
  bool is_replaced = false;
  bool is_forgotten = false;  ///< a hook has neither passed nor dropped it, which drops it

  bool is_dropped() const { return !sent.has_value(); }
  /// `pass`, `drop`, or `replace <text>`.
  std::string text() const;
};

/// Owned by its host. What a hook throws, and a replacement that is no event, goes to the test as an exception. One thread.
class FakeOutgoingEvents final : public plugin_api::OutgoingEvents {
 public:
  FakeOutgoingEvents() = default;
  FakeOutgoingEvents(const FakeOutgoingEvents&) = delete;
  FakeOutgoingEvents& operator=(const FakeOutgoingEvents&) = delete;

  bool is_watched() const { return !hooks_.empty(); }
  /// An event for a socket, before the hooks in the order in which they watch; what they emit meanwhile passes unseen.
  OutgoingEvent show(plugin_api::Socket& socket, const Received& event);
  /// Everything that was shown, in order.
  const std::vector<OutgoingEvent>& shown() const { return shown_; }

  /// Throws std::logic_error for a hook that watches already.
  void watch(plugin_api::OutgoingHook& hook) override;

 private:
  std::vector<plugin_api::OutgoingHook*> hooks_;
  std::vector<OutgoingEvent> shown_;
  bool is_asking_ = false;
};

}  // namespace signaling::testing
