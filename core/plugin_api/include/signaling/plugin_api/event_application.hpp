#pragma once
// An application as a table of handlers:
//
//     class Chat final : public EventApplication {
//      public:
//       explicit Chat(Host& host) {
//         of("/chat").on<std::string>("say", [&host](Socket& socket, const Event&, std::string text) {
//           emit(host.namespaces(), {.namespace_name = "/chat"}, "said", socket.id(), text);
//         });
//       }
//     };

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <signaling/plugin_api/basic_plugin.hpp>
#include <signaling/plugin_api/events.hpp>
#include <signaling/plugin_api/namespace_pattern.hpp>

namespace signaling::plugin_api {

/// Serves the namespaces that `of` was asked for. What no handler takes is ignored.
class EventApplication : public BasicApplication {
 public:
  void claim_namespaces(NamespaceClaims& claims) override {
    for (const auto& [name, events] : namespaces_) claims.claim(name);
  }
  void on_connect(Socket& socket) override {
    if (const Events* const events = find(socket)) events->connect(socket);
  }
  void on_event(Socket& socket, const Event& event) override {
    if (const Events* const events = find(socket)) events->dispatch(socket, event);
  }
  void on_disconnect(Socket& socket, std::string_view reason) override {
    if (const Events* const events = find(socket)) events->disconnect(socket, reason);
  }

 protected:
  /// Handlers of a namespace, or of those that a pattern names (`/room-*`); an exact name goes before a pattern. In the
  /// constructor or `start`. [startup]
  Events& of(std::string_view name_or_pattern) {
    for (const auto& [name, events] : namespaces_) {
      if (name == name_or_pattern) return *events;
    }
    return *namespaces_.emplace_back(name_or_pattern, std::make_unique<Events>()).second;
  }

 private:
  const Events* find(const Socket& socket) const {
    const std::string_view wanted = socket.namespace_name();
    for (const auto& [name, events] : namespaces_) {
      if (name == wanted) return events.get();
    }
    for (const auto& [name, events] : namespaces_) {
      if (matches_pattern(name, wanted)) return events.get();
    }
    return nullptr;
  }

  std::vector<std::pair<std::string, std::unique_ptr<Events>>> namespaces_;
};

}  // namespace signaling::plugin_api
