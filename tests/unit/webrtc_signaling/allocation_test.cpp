// The hot path allocates nothing once its buffers have grown. A program of its own: it counts every `operator new`.

#include <string>
#include <string_view>
#include <support/counted_allocations.hpp>
#include <vector>
#include <webrtc_signaling/application.hpp>
#include <webrtc_signaling/schema.hpp>

#include <gtest/gtest.h>

#include <signaling/test_kit/fake_config.hpp>
#include <signaling/test_kit/fake_host.hpp>
#include <signaling/test_kit/fake_presence.hpp>

namespace signaling::webrtc_signaling {
namespace {

using plugin_api::EmitFlags;
using plugin_api::EmitResult;
using plugin_api::Payload;
using plugin_api::Status;
using plugin_api::Target;

/// Counts what goes out and does nothing else.
class CountingNamespaces final : public plugin_api::Namespaces {
 public:
  std::size_t emitted = 0;
  std::size_t bytes = 0;
  std::size_t attachments = 0;
  void count(const Payload& payload) {
    ++emitted;
    for (const std::string_view piece : payload.text) bytes += piece.size();
    attachments += payload.attachments.size();
  }

  void emit(const Target&, const Payload& event, EmitFlags) override { count(event); }
  void emit_to_member(std::string_view, std::string_view, std::string_view, const Payload& event,
                      plugin_api::StatusHandler* handler) override {
    count(event);
    if (handler == nullptr) return;
    handler->on_status(Status::ok);
    handler->release();
  }
  void emit_with_ack(const Target&, const Payload&, std::uint32_t, plugin_api::BroadcastAckHandler&, EmitFlags) override {}
  void join(const Target&, std::span<const std::string_view>) override {}
  void leave(const Target&, std::span<const std::string_view>) override {}
  void disconnect(const Target&, bool) override {}
  void query(const Target&, plugin_api::Projection, std::uint32_t, bool, plugin_api::QueryHandler&) override {}
  plugin_api::Socket* find_local(std::string_view, std::string_view) override { return nullptr; }
  void emit_to_servers(std::string_view, const Payload&, std::uint32_t, plugin_api::ServerAnswersHandler*) override {}
};

class CountingSocket final : public plugin_api::Socket {
 public:
  std::size_t replies = 0;

  std::string_view id() const override { return "AAAAAAAAAAAAAAAAAAAA"; }
  std::string_view namespace_name() const override { return "/"; }
  std::uint32_t loop() const override { return 0; }
  const plugin_api::Handshake& handshake() const override { std::abort(); }
  std::string_view transport() const override { return "websocket"; }
  bool is_connected() const override { return true; }
  EmitResult emit(const Payload&, EmitFlags) override { return EmitResult::sent; }
  void emit_with_ack(const Payload&, std::uint32_t, plugin_api::AckHandler&, EmitFlags) override {}
  EmitResult reply(plugin_api::AckToken, const Payload&) override {
    ++replies;
    return EmitResult::sent;
  }
  Status join(std::string_view, plugin_api::Admission, plugin_api::StatusHandler* when_reachable) override {
    when_reachable->on_status(Status::ok);
    when_reachable->release();
    return Status::ok;
  }
  Status admit(std::string_view, std::uint64_t) override { return Status::ok; }
  Status leave(std::string_view) override { return Status::ok; }
  bool is_in(std::string_view) const override { return true; }
  void visit_rooms(plugin_api::TextVisitor&) const override {}
  void disconnect(bool) override {}
  std::string_view data() const override { return "{}"; }
  Status set_data(std::string_view) override { return Status::ok; }
  std::string_view claims() const override {
    return R"({"sub":"somebody","can":["join","signal","message"],"rooms":["*"],"exp":1700000000})";
  }
  Status set_claims(std::string_view) override { return Status::ok; }
  void* user() const override { return user_; }
  void set_user(void* pointer) override { user_ = pointer; }

 private:
  void* user_ = nullptr;
};

class Allocations : public ::testing::Test {
 protected:
  Allocations() {
    host_.set_namespaces(namespaces_);
    host_.set_presence(presence_);
    testing::FakeProblems problems;
    application_.start(testing::FakeConfig(schema), problems);
    send("join", R"({"room":"a room with a name that is no small string"})", 0);
  }
  ~Allocations() override { application_.on_disconnect(socket_, "transport close"); }

  void send(std::string_view name, std::string_view args, std::uint64_t ack, std::span<const plugin_api::Bytes> binary = {}) {
    plugin_api::Event event;
    event.name = name;
    event.args = args;
    event.ack = {ack};
    event.attachments = binary;
    application_.on_event(socket_, event);
  }

  /// Sends it some times to let buffers grow, then counts.
  std::size_t allocations_of(std::string_view name, std::string_view args, std::span<const plugin_api::Bytes> binary = {}) {
    for (std::uint64_t i = 0; i < 10; ++i) send(name, args, i, binary);
    const std::size_t emitted = namespaces_.emitted;
    const std::size_t replies = socket_.replies;
    const std::size_t before = allocations.load();
    for (std::uint64_t i = 0; i < 100; ++i) send(name, args, i, binary);
    const std::size_t counted = allocations.load() - before;
    EXPECT_EQ(namespaces_.emitted - emitted, 100U);
    EXPECT_EQ(socket_.replies - replies, 100U);
    return counted;
  }

  testing::FakeHost host_;
  CountingNamespaces namespaces_;
  testing::FakePresence presence_;
  SignalingApplication application_{host_};
  CountingSocket socket_;
};

constexpr std::string_view message =
    R"({"room":"a room with a name that is no small string","data":{"sdp":"v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\n"}})";
constexpr std::string_view signal =
    R"({"room":"a room with a name that is no small string","to":"BBBBBBBBBBBBBBBBBBBB","data":[1,2,{"_placeholder":true,"num":1}]})";

TEST_F(Allocations, MessageNeedsNone) { EXPECT_EQ(allocations_of("message", message), 0U); }
TEST_F(Allocations, SignalNeedsNone) { EXPECT_EQ(allocations_of("signal", signal), 0U); }
TEST_F(Allocations, RelayedEventNeedsNone) {
  EXPECT_EQ(allocations_of("offer", message), 0U);
  EXPECT_EQ(allocations_of("ice-candidate", signal), 0U);
}
TEST_F(Allocations, EscapesNeedNone) {
  EXPECT_EQ(
      allocations_of(
          "message",
          R"({"r\u006fom":"\u0061 room with a name that is no small string","data":"\u0061","an\u0079 other key that is long":1})"),
      0U);
}
TEST_F(Allocations, BinaryNeedsNone) {
  const std::byte bytes[3] = {};
  const plugin_api::Bytes binary[] = {bytes, bytes};
  EXPECT_EQ(allocations_of("signal", signal, binary), 0U);
  EXPECT_EQ(allocations_of("offer", signal, binary), 0U);
  EXPECT_EQ(namespaces_.attachments, 220U);
}

}  // namespace
}  // namespace signaling::webrtc_signaling
