#pragma once
// Keeps the order of one socket's events while a middleware takes its time with one of them.

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <signaling/plugin_api/socket.hpp>

#include "middleware_run.hpp"

namespace signaling::socketio {

class Socket;

/// An event that outlives the message it came in.
class OwnedEvent {
 public:
  explicit OwnedEvent(const plugin_api::Event& event);
  OwnedEvent(MiddlewareRun::Replacement&& replacement, plugin_api::AckToken ack);
  /// Views into this object. False where a replacement's text is no event.
  bool view(plugin_api::Event& event) const;
  std::size_t bytes() const noexcept { return bytes_; }

 private:
  std::string text_;
  std::string name_;
  std::vector<std::string> attachments_;
  std::vector<plugin_api::Bytes> views_;
  std::size_t args_at_ = 0;
  std::size_t bytes_ = 0;
  bool is_valid_ = true;
  plugin_api::AckToken ack_;
};

/// Made with a socket's first event where a middleware declared the event hook. On the socket's loop; owned by the socket.
class EventGate final : private MiddlewareRun::Subject {
 public:
  explicit EventGate(Socket& socket) : socket_(socket) {}
  ~EventGate() { close(); }

  /// The socket has left: nothing goes on to the application any more.
  void close();
  /// Sends the event through the middleware and on to the application, now or after those before it.
  void accept(const plugin_api::Event& event);

 private:
  void run(const plugin_api::Event& event);
  void drain();

  void call(plugin_api::Middleware& middleware, plugin_api::Verdict& verdict) override;
  void done(Outcome&& outcome) override;
  void replaced(MiddlewareRun::Replacement&& replacement) override;

  Socket& socket_;
  std::shared_ptr<MiddlewareRun> run_;  // of one event after the other; nullptr before the first
  bool is_running_ = false;
  plugin_api::Event event_;            // of that run
  std::unique_ptr<OwnedEvent> owned_;  // what event_ points to, once it had to outlive its message or was replaced
  std::deque<OwnedEvent> waiting_;
  std::size_t waiting_bytes_ = 0;
  bool is_draining_ = false;
};

}  // namespace signaling::socketio
