#pragma once
// A socket without a server: keeps what it was given, as text.

#include <string>
#include <string_view>
#include <vector>

#include <signaling/plugin_api/socket.hpp>

namespace signaling::plugin_api {

class StubSocket final : public Socket, public Handshake {
 public:
  explicit StubSocket(std::string name = "/") : name_(std::move(name)) {}

  std::vector<std::string> sent;     ///< events
  std::vector<std::string> replies;  ///< `<ack id>: <text>`
  AckHandler* handler = nullptr;     ///< of the last event that wants an acknowledgement
  std::uint32_t timeout_ms = 0;

  std::string_view id() const override { return "aaaabbbbccccddddeeee"; }
  std::string_view namespace_name() const override { return name_; }
  std::uint32_t loop() const override { return 0; }
  const Handshake& handshake() const override { return *this; }
  std::string_view transport() const override { return "websocket"; }
  bool is_connected() const override { return true; }
  EmitResult emit(const Payload& event, EmitFlags) override {
    sent.push_back(joined(event));
    return EmitResult::sent;
  }
  void emit_with_ack(const Payload& event, std::uint32_t timeout, AckHandler& of_ack, EmitFlags) override {
    sent.push_back(joined(event));
    timeout_ms = timeout;
    handler = &of_ack;
  }
  EmitResult reply(AckToken ack, const Payload& args) override {
    replies.push_back(std::to_string(ack.id) + ": " + joined(args));
    return EmitResult::sent;
  }
  Status join(std::string_view, Admission, StatusHandler*) override { return Status::ok; }
  Status admit(std::string_view, std::uint64_t) override { return Status::ok; }
  Status leave(std::string_view) override { return Status::ok; }
  bool is_in(std::string_view) const override { return false; }
  void visit_rooms(TextVisitor&) const override {}
  void disconnect(bool) override {}
  std::string_view data() const override { return "{}"; }
  Status set_data(std::string_view) override { return Status::ok; }
  std::string_view claims() const override { return {}; }
  Status set_claims(std::string_view) override { return Status::ok; }
  void* user() const override { return nullptr; }
  void set_user(void*) override {}

  std::string_view address() const override { return "192.0.2.1"; }
  std::string_view url() const override { return "/socket.io/"; }
  std::string_view query(std::string_view) const override { return {}; }
  std::string_view header(std::string_view) const override { return {}; }
  bool secure() const override { return false; }
  bool cross_origin() const override { return false; }
  std::int64_t issued_ms() const override { return 0; }
  std::string_view auth() const override { return "{}"; }

 private:
  static std::string joined(const Payload& payload) {
    std::string text;
    for (const std::string_view piece : payload.text) text += piece;
    return text;
  }

  const std::string name_;
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
