#pragma once
// Handlers of one namespace: by the name of an event, for those without one, for sockets that come and go.

#include <functional>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>

#include <signaling/plugin_api/json_read.hpp>
#include <signaling/plugin_api/replies.hpp>
#include <signaling/plugin_api/socket.hpp>

namespace signaling::plugin_api {

/// Filled before the first connection, and only read then: handlers run on every loop at the same time.
class Events {
 public:
  using Handler = std::function<void(Socket&, const Event&)>;

  /// `f(Socket&, const Event&)`. One handler for a name: the last.
  template <class F>
  Events& on(std::string name, F f) {
    handlers_.insert_or_assign(std::move(name), Handler(std::move(f)));
    return *this;
  }
  /// `f(Socket&, const Event&, First, Rest…)`: with the event's first arguments, as `json::read` reads them. Others get an
  /// error with the code `invalid`, and the handler is not called.
  template <class First, class... Rest, class F>
  Events& on(std::string name, F f) {
    return on(std::move(name), [f = std::move(f)](Socket& socket, const Event& event) mutable {
      auto args = json::read_args<First, Rest...>(event.args);
      if (!args) return static_cast<void>(reply_error(socket, event, "invalid", "wrong arguments"));
      std::apply([&](auto&... each) { f(socket, event, std::move(each)...); }, *args);
    });
  }
  /// `f(Socket&, const Event&)` for events that have no handler of their own.
  template <class F>
  Events& otherwise(F f) {
    otherwise_ = std::move(f);
    return *this;
  }
  /// `f(Socket&)`
  template <class F>
  Events& on_connect(F f) {
    on_connect_ = std::move(f);
    return *this;
  }
  /// `f(Socket&, std::string_view reason)`
  template <class F>
  Events& on_disconnect(F f) {
    on_disconnect_ = std::move(f);
    return *this;
  }

  /// False where there was no handler. [loop]
  bool dispatch(Socket& socket, const Event& event) const {
    const auto found = handlers_.find(event.name);
    const Handler& handler = found == handlers_.end() ? otherwise_ : found->second;
    if (!handler) return false;
    handler(socket, event);
    return true;
  }
  void connect(Socket& socket) const {
    if (on_connect_) on_connect_(socket);
  }
  void disconnect(Socket& socket, std::string_view reason) const {
    if (on_disconnect_) on_disconnect_(socket, reason);
  }

 private:
  /// Found by a view, without a copy.
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>()(text); }
  };

  std::unordered_map<std::string, Handler, Hash, std::equal_to<>> handlers_;
  Handler otherwise_;
  std::function<void(Socket&)> on_connect_;
  std::function<void(Socket&, std::string_view)> on_disconnect_;
};

}  // namespace signaling::plugin_api
