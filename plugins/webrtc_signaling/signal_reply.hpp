#pragma once
// The acknowledgement of a `signal`, once it is known what became of it.

#include <signaling/plugin_api/values.hpp>

#include "socket_state.hpp"

namespace signaling::webrtc_signaling {

struct Loop;

/// Makes the handlers and takes them back for the next signal: no allocation once as many exist as are under way at a time.
/// One loop. A handler may outlive it, uncalled: a server that stops may give back what it still holds as its last act.
class SignalReplies {
 public:
  explicit SignalReplies(Loop& loop);
  ~SignalReplies();
  SignalReplies(const SignalReplies&) = delete;
  SignalReplies& operator=(const SignalReplies&) = delete;

  plugin_api::StatusHandler& make(StateRef sender, plugin_api::AckToken ack);

 private:
  class Reply;
  struct Pool;
  Pool* pool_;  ///< ends itself with the last handler
};

}  // namespace signaling::webrtc_signaling
