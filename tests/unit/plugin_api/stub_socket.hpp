#pragma once
// A socket without a server: keeps what it was given, as text.

#include <cstdint>
#include <string>
#include <string_view>
#include <support/idle_socket.hpp>
#include <utility>
#include <vector>

#include <signaling/plugin_api/socket.hpp>

namespace signaling::plugin_api {

class StubSocket final : public test::IdleSocket {
 public:
  explicit StubSocket(std::string name = "/") : IdleSocket("aaaabbbbccccddddeeee", std::move(name)) {}

  std::vector<std::string> sent;     ///< events
  std::vector<std::string> replies;  ///< `<ack id>: <text>`
  AckHandler* handler = nullptr;     ///< of the last event that wants an acknowledgement
  std::uint32_t timeout_ms = 0;

  EmitResult emit(const Payload& event, EmitFlags) override {
    sent.push_back(test::joined(event));
    return EmitResult::sent;
  }
  void emit_with_ack(const Payload& event, std::uint32_t timeout, AckHandler& of_ack, EmitFlags) override {
    sent.push_back(test::joined(event));
    timeout_ms = timeout;
    handler = &of_ack;
  }
  EmitResult reply(AckToken ack, const Payload& args) override {
    replies.push_back(std::to_string(ack.id) + ": " + test::joined(args));
    return EmitResult::sent;
  }
};

/// An event with these arguments (without brackets), that wants acknowledgement number 7.
inline Event make_event(std::string_view name, std::string_view args) {
  Event event;
  event.name = name;
  event.args = args;
  event.ack = {7};
  return event;
}

}  // namespace signaling::plugin_api
