// One socket as its application sees it.
#include "fixture.hpp"

namespace signaling::test {
namespace {

using namespace plugin_api;
using socketio::Drop;
using Strings = std::vector<std::string>;

class SocketTest : public SocketioTest {
 protected:
  static void emit(Socket& socket, std::string_view text, EmitFlags flags = {}) {
    const std::string_view pieces[] = {text};
    socket.emit({pieces}, flags);
  }
  void broadcast(std::string_view room, std::string_view text, std::uint64_t before_mark = 0) {
    const std::string_view rooms[] = {room};
    const std::string_view pieces[] = {text};
    Target target;
    target.rooms = rooms;
    target.before_mark = before_mark;
    server->namespaces().emit(target, {pieces});
  }
};

TEST_F(SocketTest, ShowsTheHandshake) {
  make();
  FakeSession& session = open();
  session.receive(R"(0{"a":1})");
  const Handshake& handshake = app->sockets[0]->handshake();
  EXPECT_EQ(handshake.address(), "192.0.2.7");
  EXPECT_EQ(handshake.header("user-AGENT"), "test");
  EXPECT_EQ(handshake.header("cookie"), "");
  EXPECT_EQ(handshake.query("token"), "a b");
  EXPECT_EQ(handshake.query("none"), "");
  EXPECT_EQ(handshake.auth(), R"({"a":1})");
  EXPECT_FALSE(handshake.secure());
  EXPECT_FALSE(handshake.cross_origin());
  EXPECT_GT(handshake.issued_ms(), 0);
  EXPECT_EQ(app->sockets[0]->transport(), "websocket");
}

TEST_F(SocketTest, EmitsWithAttachments) {
  make();
  FakeSession& session = connect();
  const std::string_view pieces[] = {R"(["e",{"_placeholder":true,"num":0}])"};
  const Bytes attachments[] = {std::as_bytes(std::span("ab", 2))};
  EXPECT_EQ(app->sockets[0]->emit({pieces, attachments}), EmitResult::sent);
  EXPECT_EQ(session.take(), (Strings{R"(451-["e",{"_placeholder":true,"num":0}])", "ab"}));
}

TEST_F(SocketTest, DropsVolatileOnATransportThatIsBusy) {
  make();
  FakeSession& session = connect();
  session.writable = false;
  EmitFlags flags;
  flags.is_volatile = true;
  emit(*app->sockets[0], R"(["v"])", flags);
  emit(*app->sockets[0], R"(["r"])");
  EXPECT_EQ(session.take(), Strings{R"(42["r"])"});
  EXPECT_EQ(drops(Drop::volatile_not_writable), 1u);
}

TEST_F(SocketTest, HandsOverTheAcknowledgement) {
  make();
  FakeSession& session = connect();
  Strings answers;
  const std::string_view pieces[] = {R"(["q"])"};
  const auto handler = [&](std::string name) -> AckHandler& {
    return make_ack_handler(
        [&answers, name](std::string_view args, std::span<const Bytes>) { answers.push_back(name + std::string(args)); },
        [&answers, name](Status status) { answers.push_back(name + std::string(to_string(status))); });
  };
  app->sockets[0]->emit_with_ack({pieces}, 1000, handler("a"));
  app->sockets[0]->emit_with_ack({pieces}, 1000, handler("b"));
  app->sockets[0]->emit_with_ack({pieces}, 5000, handler("c"));
  EXPECT_EQ(session.take(), (Strings{R"(420["q"])", R"(421["q"])", R"(422["q"])"}));
  session.receive("30[1,2]");
  session.receive("30[3]");  // a second answer finds nobody
  advance(base::Milliseconds(1000));
  session.lose();
  EXPECT_EQ(answers, (Strings{"a[1,2]", "btimeout", "cclosed"}));
  EXPECT_EQ(drops(Drop::unknown_ack), 1u);
}

TEST_F(SocketTest, BoundsAcknowledgementsAndTheirTime) {
  socketio::Options options;
  options.max_pending_acks = 1;
  make(options);
  FakeSession& session = connect();
  std::vector<Status> statuses;
  const std::string_view pieces[] = {R"(["q"])"};
  const auto handler = [&]() -> AckHandler& {
    return make_ack_handler([](std::string_view, std::span<const Bytes>) {}, [&](Status s) { statuses.push_back(s); });
  };
  app->sockets[0]->emit_with_ack({pieces}, 0, handler());
  app->sockets[0]->emit_with_ack({pieces}, 1000, handler());
  app->sockets[0]->emit_with_ack({pieces}, 1000, handler());
  EXPECT_EQ(statuses, (std::vector{Status::invalid, Status::too_many}));
  session.lose();
  EXPECT_EQ(statuses.back(), Status::closed);
}

TEST_F(SocketTest, KeepsAThrowingHandlerFromGoingFurther) {
  make();
  FakeSession& session = connect();
  const std::string_view pieces[] = {R"(["q"])"};
  app->sockets[0]->emit_with_ack(
      {pieces}, 1000,
      make_ack_handler([](std::string_view, std::span<const Bytes>) { throw std::runtime_error("no"); }, [](Status) {}));
  session.receive("30[]");
  EXPECT_TRUE(session.is_open());
  EXPECT_EQ(hooks.errors, Strings{"callback: no"});
}

TEST_F(SocketTest, JoinsAndLeavesRooms) {
  make();
  FakeSession& a = connect();
  FakeSession& b = connect();
  EXPECT_EQ(app->sockets[0]->join("r"), Status::ok);
  EXPECT_EQ(app->sockets[0]->join("r"), Status::ok);
  EXPECT_EQ(app->sockets[1]->join("r"), Status::ok);
  broadcast("r", R"(["m"])");
  EXPECT_EQ(a.take(), Strings{R"(42["m"])"});
  EXPECT_EQ(b.take(), Strings{R"(42["m"])"});
  EXPECT_EQ(app->sockets[0]->leave("r"), Status::ok);
  EXPECT_EQ(app->sockets[0]->leave("r"), Status::not_member);
  EXPECT_FALSE(app->sockets[0]->is_in("r"));
  EXPECT_TRUE(app->sockets[1]->is_in("r"));
  broadcast("r", R"(["n"])");
  EXPECT_TRUE(a.take().empty());
  EXPECT_EQ(b.take(), Strings{R"(42["n"])"});
  EXPECT_EQ(server->counters(0).rooms.value(), 1u);
  b.lose();
  EXPECT_EQ(server->counters(0).rooms.value(), 0u);
  EXPECT_EQ(server->counters(0).memberships.value(), 0u);
}

TEST_F(SocketTest, BoundsRoomsAndTheirNames) {
  socketio::Options options;
  options.max_rooms_per_socket = 2;
  options.max_room_name_bytes = 4;
  make(options);
  connect();
  Socket& socket = *app->sockets[0];
  EXPECT_EQ(socket.join(""), Status::invalid);
  EXPECT_EQ(socket.join("12345"), Status::invalid);
  EXPECT_EQ(socket.join("a\n"), Status::invalid);
  EXPECT_EQ(socket.join(std::string_view("a\0b", 3)), Status::invalid);
  EXPECT_EQ(socket.join("\x7f"), Status::invalid);
  EXPECT_EQ(drops(Drop::invalid_room), 5u);
  EXPECT_EQ(socket.join("1234"), Status::ok);
  EXPECT_EQ(socket.join("2"), Status::ok);
  EXPECT_EQ(socket.join("3"), Status::too_many);
  EXPECT_EQ(socket.join("2"), Status::ok);
}

TEST_F(SocketTest, KeepsBroadcastsForAHeldMemberAndOrdersThemByMark) {
  make();
  FakeSession& session = connect();
  Socket& socket = *app->sockets[0];
  socket.join("r", Admission::held);
  broadcast("r", R"(["before",1])", 4);  // a change that the member's own list holds already
  broadcast("r", R"(["plain"])");
  broadcast("r", R"(["after",9])", 9);
  EXPECT_TRUE(session.take().empty());
  EXPECT_EQ(socket.admit("r", 5), Status::ok);
  EXPECT_EQ(session.take(), (Strings{R"(42["plain"])", R"(42["after",9])"}));
  broadcast("r", R"(["old"])", 5);
  broadcast("r", R"(["new"])", 6);
  EXPECT_EQ(session.take(), Strings{R"(42["new"])"});
  EXPECT_EQ(socket.admit("other", 1), Status::not_member);
}

TEST_F(SocketTest, BoundsWhatIsHeld) {
  socketio::Options options;
  options.max_held_messages = 2;
  make(options);
  FakeSession& session = connect();
  app->sockets[0]->join("r", Admission::held);
  for (int i = 0; i < 3; ++i) broadcast("r", R"(["m"])");
  EXPECT_EQ(drops(Drop::held_full), 1u);
  app->sockets[0]->admit("r", 1);
  EXPECT_EQ(session.take().size(), 2u);
}

TEST_F(SocketTest, ForgetsWhatIsHeldWhenItLeaves) {
  make();
  FakeSession& session = connect();
  app->sockets[0]->join("r", Admission::held);
  broadcast("r", R"(["m"])");
  app->sockets[0]->leave("r");
  app->sockets[0]->join("r", Admission::held);
  app->sockets[0]->admit("r", 1);
  EXPECT_TRUE(session.take().empty());
}

TEST_F(SocketTest, DisconnectEndsTheNamespaceAfterTheRunningHandler) {
  make();
  bool still_there = false;
  app->received = [&](Socket& socket, const Event&) {
    socket.disconnect(false);
    still_there = !app->sockets.empty() && !socket.is_connected();
    EXPECT_EQ(socket.join("r"), Status::closed);
    emit(socket, R"(["late"])");
  };
  FakeSession& session = connect();
  session.receive(R"(2["x"])");
  EXPECT_TRUE(still_there);
  EXPECT_TRUE(app->sockets.empty());
  EXPECT_EQ(app->take().back(), "disconnect server namespace disconnect");
  EXPECT_EQ(session.take(), Strings{"41"});
  EXPECT_TRUE(session.is_open());
}

TEST_F(SocketTest, DisconnectWithCloseEndsEveryNamespaceAndTheConnection) {
  make();
  FakeSession& session = connect();
  session.receive("0/chat,");
  session.take();
  app->take();
  enter(0);
  app->sockets[0]->disconnect(true);
  EXPECT_EQ(app->take(), (Strings{"disconnect server namespace disconnect", "disconnect server namespace disconnect"}));
  EXPECT_EQ(session.take(), (Strings{"41", "41/chat,"}));
  EXPECT_FALSE(session.is_open());
}

TEST_F(SocketTest, StandsADisconnectInsideOnDisconnect) {
  make();
  app->disconnected = [](Socket& socket) { socket.disconnect(true); };
  FakeSession& session = connect();
  session.receive("1");
  EXPECT_EQ(app->take(), Strings{"disconnect client namespace disconnect"});
}

TEST_F(SocketTest, StandsADisconnectInsideOnConnect) {
  make();
  app->connected = [](Socket& socket) { socket.disconnect(false); };
  FakeSession& session = open();
  session.receive("0");
  EXPECT_EQ(session.take().back(), "41");
  EXPECT_TRUE(app->sockets.empty());
  EXPECT_EQ(server->counters(0).sockets.value(), 0u);
}

TEST_F(SocketTest, IsStillInItsRoomsWhileItDisconnects) {
  make();
  Strings rooms;
  app->disconnected = [&](Socket& socket) {
    struct Visitor final : TextVisitor {
      Strings& names;
      explicit Visitor(Strings& n) : names(n) {}
      bool on_text(std::string_view text) override {
        names.emplace_back(text);
        return true;
      }
    } visitor(rooms);
    socket.visit_rooms(visitor);
  };
  FakeSession& session = connect();
  app->sockets[0]->join("r");
  session.lose();
  EXPECT_EQ(rooms, Strings{"r"});
}

TEST_F(SocketTest, KeepsDataAndClaimsWithinTheirBound) {
  socketio::Options options;
  options.max_socket_data_bytes = 8;
  make(options);
  connect();
  Socket& socket = *app->sockets[0];
  EXPECT_EQ(socket.data(), "{}");
  EXPECT_EQ(socket.claims(), "");
  EXPECT_EQ(socket.set_data(R"({"a":1})"), Status::ok);
  EXPECT_EQ(socket.set_data(R"({"a":123})"), Status::too_many);
  EXPECT_EQ(socket.set_data("{"), Status::invalid);
  EXPECT_EQ(socket.data(), R"({"a":1})");
  EXPECT_EQ(socket.set_claims("{}"), Status::ok);
  EXPECT_EQ(socket.claims(), "{}");
}

}  // namespace
}  // namespace signaling::test
