#pragma once
// Plugins that see handshakes, CONNECTs and events before the application does.

#include <cstdint>
#include <span>
#include <string_view>

#include <signaling/plugin_api/host.hpp>
#include <signaling/plugin_api/plugin.hpp>
#include <signaling/plugin_api/socket.hpp>

namespace signaling::plugin_api {

/// Hooks that a middleware wants; one that nobody declared costs nothing.
enum Hooks : std::uint32_t {
  hook_handshake = 1,   ///< first HTTP request of a session
  hook_connect = 2,     ///< Socket.IO CONNECT to a namespace
  hook_event = 4,       ///< every incoming event
  hook_disconnect = 8,  ///< a socket left
};

/// The verdict on what is before the middleware. Exactly one of pass, refuse and disconnect ends it; the first call counts.
/// [loop] during the hook. A hook that returns without verdict and without `defer` refuses (fails closed).
class Verdict {
 public:
  virtual void pass() = 0;
  /// Handshake: HTTP 403, Engine.IO code 4 with this message (`HandshakeRefusals` has other statuses). CONNECT: CONNECT_ERROR
  /// `{message, data}`, `data_json` may be empty. Event: it goes no further; the client is told nothing.
  virtual void refuse(std::string_view message, std::string_view data_json = {}) = 0;
  /// Ends the whole connection.
  virtual void disconnect() = 0;
  /// Event only: what goes on is this instead; `text` is the whole array `["name",arg…]`. Call before `pass`.
  virtual void replace(const Payload& event) = 0;
  /// The verdict comes later, by this object, which then stays valid until it is ended or `middleware_timeout` (default
  /// 5 s) has refused; later events of the socket wait, bounded. After `defer` it may be ended from [any thread].
  virtual Verdict& defer() = 0;

 protected:
  ~Verdict() = default;
};

class Middleware : public Plugin {
 public:
  /// Asked once after `start`. [startup]
  virtual std::uint32_t hooks() const = 0;
  virtual void on_handshake(const Handshake& handshake, Verdict& verdict) = 0;
  /// The socket is not yet connected: it can be given data and claims, not emitted to.
  virtual void on_connect(Socket& socket, Verdict& verdict) = 0;
  virtual void on_event(Socket& socket, const Event& event, Verdict& verdict) = 0;
  /// A socket is gone: one that was connected, or one that this middleware was asked about by `on_connect`, has not ended
  /// itself by its verdict, and that never became connected (the client left, another middleware refused it, the verdict came
  /// too late). So what was kept for a socket from `on_connect` on can be let go here.
  virtual void on_disconnect(Socket& socket, std::string_view reason) = 0;

 protected:
  ~Middleware() = default;
};

}  // namespace signaling::plugin_api
