#pragma once
// A client without a server behind it: nothing comes of what it is asked for.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <signaling/plugin_api/socket.hpp>
#include <signaling/test_kit/fake_handshake.hpp>

namespace signaling::test {

/// On loop 0, connected, in no room. Left to who derives from it: what becomes of what is sent to it.
class IdleSocket : public plugin_api::Socket {
 public:
  IdleSocket(std::string id, std::string namespace_name, testing::FakeHandshake handshake = {})
      : id_(std::move(id)), namespace_(std::move(namespace_name)), handshake_(std::move(handshake)) {}
  virtual ~IdleSocket() = default;

  std::string_view id() const final { return id_; }
  std::string_view namespace_name() const final { return namespace_; }
  std::uint32_t loop() const override { return 0; }
  const plugin_api::Handshake& handshake() const final { return handshake_; }
  std::string_view transport() const override { return "websocket"; }
  bool is_connected() const override { return true; }
  plugin_api::Status join(std::string_view, plugin_api::Admission, plugin_api::StatusHandler*) override {
    return plugin_api::Status::invalid;
  }
  plugin_api::Status admit(std::string_view, std::uint64_t) override { return plugin_api::Status::invalid; }
  plugin_api::Status leave(std::string_view) override { return plugin_api::Status::invalid; }
  bool is_in(std::string_view) const override { return false; }
  void visit_rooms(plugin_api::TextVisitor&) const override {}
  void disconnect(bool) override {}
  std::string_view data() const override { return "{}"; }
  plugin_api::Status set_data(std::string_view) override { return plugin_api::Status::invalid; }
  std::string_view claims() const override { return {}; }
  plugin_api::Status set_claims(std::string_view) override { return plugin_api::Status::invalid; }
  void* user() const override { return nullptr; }
  void set_user(void*) override {}

 private:
  const std::string id_;
  const std::string namespace_;
  const testing::FakeHandshake handshake_;
};

inline std::string joined(const plugin_api::Payload& payload) {
  std::string text;
  for (const std::string_view piece : payload.text) text += piece;
  return text;
}

}  // namespace signaling::test
