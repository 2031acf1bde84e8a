// Packets of one client: namespaces, events, acknowledgements, and what breaks the protocol (socketio-facts §2.3).
#include "fixture.hpp"

namespace signaling::test {
namespace {

using socketio::Drop;
using testing::Test;
using Strings = std::vector<std::string>;

class ClientTest : public SocketioTest {};

TEST_F(ClientTest, AnswersConnectWithAnIdOfThisLoop) {
  make();
  FakeSession& session = open();
  session.receive(R"(0{"token":"123"})");
  EXPECT_EQ(session.take(), Strings{R"(40{"sid":")" + last_id() + R"("})"});
  EXPECT_EQ(app->take(), Strings{R"(connect / {"token":"123"})"});
  EXPECT_EQ(last_id().size(), 20u);
  EXPECT_NE(last_id(), session.sid().view());
  EXPECT_EQ(base::Sid::parse(last_id())->loop(), 0);
}

TEST_F(ClientTest, JoinsSeveralNamespaces) {
  make();
  FakeSession& session = connect();
  session.receive("0/chat,");
  session.receive("0/dynamic-7,{}");
  EXPECT_EQ(app->take(), (Strings{"connect /chat {}", "connect /dynamic-7 {}"}));
  EXPECT_EQ(session.take()[1].substr(0, 23), R"(40/dynamic-7,{"sid":"AQ)");
  session.receive(R"(2/chat,["hi"])");
  EXPECT_EQ(app->take(), Strings{"event hi  +0"});
}

TEST_F(ClientTest, RefusesAnUnknownNamespaceAndGoesOn) {
  make();
  FakeSession& session = connect();
  session.receive("0/nope,");
  EXPECT_EQ(session.take(), Strings{R"(44/nope,{"message":"Invalid namespace"})"});
  EXPECT_EQ(drops(Drop::invalid_namespace), 1u);
  EXPECT_TRUE(session.is_open());
}

TEST_F(ClientTest, BoundsNamespacesAndAuth) {
  socketio::Options options;
  options.max_namespaces_per_client = 2;
  options.max_auth_bytes = 10;
  make(options);
  FakeSession& session = connect();
  session.receive(R"(0/chat,{"a":"0123456789"})");
  EXPECT_EQ(session.take(), Strings{R"(44/chat,{"message":"Auth payload too large"})"});
  session.receive("0/chat,");
  session.take();
  session.receive("0/dynamic-1,");
  EXPECT_EQ(session.take(), Strings{R"(44/dynamic-1,{"message":"Too many namespaces"})"});
}

TEST_F(ClientTest, ClosesWhereNoNamespaceIsJoinedInTime) {
  socketio::Options options;
  options.connect_timeout = base::Milliseconds(1000);
  make(options);
  FakeSession& late = open();
  FakeSession& joined = connect();
  advance(base::Milliseconds(999));
  EXPECT_TRUE(late.is_open());
  advance(base::Milliseconds(1));
  EXPECT_FALSE(late.is_open());
  EXPECT_TRUE(joined.is_open());
  EXPECT_EQ(drops(Drop::connect_timeout), 1u);
}

TEST_F(ClientTest, ChecksALongPacketAsItComes) {
  make();
  FakeSession& session = connect();
  session.receive_partial(R"(2["long",[1,2,)");
  session.receive_partial(R"(2["long",[1,2,3,)");
  EXPECT_EQ(app->take(), Strings{});
  // What has been checked is not looked at again, here told by what would not pass.
  session.receive(R"(2["long",[x,x,3,4]])");
  EXPECT_EQ(app->take(), Strings{"event long [x,x,3,4] +0"});
  // Of one packet alone.
  session.receive(R"(2["next",[x,x,3,4]])");
  EXPECT_FALSE(session.is_open());
  EXPECT_EQ(drops(Drop::bad_packet), 1u);

  FakeSession& broken = connect();
  broken.receive_partial(R"(2["long",[1,,)");
  EXPECT_TRUE(broken.is_open());
  broken.receive(R"(2["long",[1,,2]])");
  EXPECT_FALSE(broken.is_open());
}

TEST_F(ClientTest, ClosesOnWhatBreaksTheProtocol) {
  make();
  for (const char* text :
       {"", "x", "abc", "2", "2{}", R"(2["connect"])", R"(2["disconnect"])", "2[]", R"(2[{}])", "21a[]", "31{}", "4{}",
        R"(50-["x"])", R"(511-["x"])", R"(2/other,["x"])", "0", R"(2["x)", "1/chat,", R"(2["x",])"}) {
    FakeSession& session = connect();
    session.receive(text);
    EXPECT_FALSE(session.is_open()) << text;
    EXPECT_TRUE(session.closed_by_server) << text;
  }
  EXPECT_EQ(drops(Drop::bad_packet), 19u);
}

TEST_F(ClientTest, NamesTheReasonThatSocketIoNames) {
  make();
  FakeSession& malformed = connect();
  malformed.receive("x");
  EXPECT_EQ(app->take(), Strings{"disconnect forced close"});
  FakeSession& stranger = connect();
  stranger.receive(R"(2/chat,["x"])");
  EXPECT_EQ(app->take(), Strings{"disconnect forced server close"});
  const std::pair<engine::CloseReason, const char*> reasons[] = {
      {engine::CloseReason::transport_error, "transport error"},
      {engine::CloseReason::transport_close, "transport close"},
      {engine::CloseReason::ping_timeout, "ping timeout"},
      {engine::CloseReason::parse_error, "parse error"},
      {engine::CloseReason::server_shutting_down, "server shutting down"}};
  for (const auto& [reason, text] : reasons) {
    connect().lose(reason);
    EXPECT_EQ(app->take(), Strings{"disconnect " + std::string(text)});
  }
}

TEST_F(ClientTest, ClosesOnAPacketForANamespaceNotJoined) {
  make();
  FakeSession& session = open();
  session.receive(R"(2["early"])");
  EXPECT_FALSE(session.is_open());
}

TEST_F(ClientTest, HandsOverEventsWithTheirTextUnchanged) {
  make();
  std::string text;
  app->received = [&](plugin_api::Socket&, const plugin_api::Event& event) { text = event.text; };
  FakeSession& session = connect();
  session.receive(R"(2["ms\u0067", 1.000000000000000000001 ,{"a" : [ true ]}])");
  EXPECT_EQ(text, R"(["ms\u0067", 1.000000000000000000001 ,{"a" : [ true ]}])");
  EXPECT_EQ(app->log[0].substr(0, 12), "event msg 1.");
  EXPECT_EQ(server->counters(0).events_in.value(), 1u);
}

TEST_F(ClientTest, WaitsForAttachments) {
  make();
  std::vector<std::string> received;
  app->received = [&](plugin_api::Socket&, const plugin_api::Event& event) {
    for (const plugin_api::Bytes bytes : event.attachments) {
      received.emplace_back(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    }
  };
  FakeSession& session = connect();
  session.receive(R"(52-["b",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}])");
  session.receive_binary("one");
  EXPECT_TRUE(app->log.empty());
  session.receive_binary(std::string_view("t\0o", 3));
  EXPECT_EQ(received, (Strings{"one", std::string("t\0o", 3)}));
}

TEST_F(ClientTest, ClosesOnTextAmongAttachmentsAndOnBinaryOutOfPlace) {
  make();
  FakeSession& text = connect();
  text.receive(R"(51-["b",{"_placeholder":true,"num":0}])");
  text.receive(R"(2["x"])");
  EXPECT_FALSE(text.is_open());
  FakeSession& binary = connect();
  binary.receive_binary("x");
  EXPECT_FALSE(binary.is_open());
}

TEST_F(ClientTest, WaitsABoundedTimeForAttachments) {
  socketio::Options options;
  options.attachments_timeout = base::Milliseconds(1000);
  make(options);
  FakeSession& slow = connect();
  slow.receive(R"(52-["x",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}])");
  advance(base::Milliseconds(999));
  slow.receive_binary("a");  // one that trickles in buys no time
  EXPECT_TRUE(slow.is_open());
  FakeSession& quick = connect();
  quick.receive(R"(51-["x",{"_placeholder":true,"num":0}])");
  quick.receive_binary("a");
  advance(base::Milliseconds(1));
  EXPECT_FALSE(slow.is_open());
  EXPECT_TRUE(slow.closed_by_server);
  advance(base::Milliseconds(5000));
  EXPECT_TRUE(quick.is_open());
  EXPECT_EQ(drops(Drop::attachments_timeout), 1u);
}

TEST_F(ClientTest, ClosesWhereALimitIsLoweredBetweenTextAndAttachment) {
  make();
  FakeSession& session = connect();
  session.receive(R"(51-["long name",{"_placeholder":true,"num":0}])");
  socketio::Options options;
  options.max_event_name_bytes = 4;
  server->set_options(options);
  run();
  session.receive_binary("a");
  EXPECT_FALSE(session.is_open());
  EXPECT_EQ(drops(Drop::bad_packet), 1u);
}

TEST_F(ClientTest, BoundsTheBytesOfAPacketWithItsAttachments) {
  const std::string text = R"(52-["x",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}])";
  socketio::Options options;
  options.max_packet_bytes = text.size() + 10;
  make(options);
  FakeSession& exact = connect();
  exact.receive(text);
  exact.receive_binary("12345");
  exact.receive_binary("12345");
  EXPECT_TRUE(exact.is_open());
  EXPECT_EQ(server->counters(0).events_in.value(), 1u);
  FakeSession& more = connect();
  more.receive(text);
  more.receive_binary("12345");
  more.receive_binary("123456");
  EXPECT_FALSE(more.is_open());
  EXPECT_TRUE(more.closed_by_server);
  EXPECT_EQ(drops(Drop::packet_too_large), 1u);
  EXPECT_EQ(server->counters(0).events_in.value(), 1u);
}

TEST_F(ClientTest, ClosesOnAPlaceholderThatNamesNoAttachment) {
  make();
  for (const char* packet : {R"(51-["b",{"_placeholder":true,"num":1}])", R"(51-["b",{"_placeholder":true,"num":-1}])",
                             R"(61-0[{"_placeholder":true}])"}) {
    FakeSession& session = connect();
    session.receive(packet);
    EXPECT_FALSE(session.is_open()) << packet;
  }
  FakeSession& text = connect();
  text.receive(R"(2["b",{"_placeholder":true,"num":1}])");  // not a binary packet: just data
  EXPECT_TRUE(text.is_open());
}

TEST_F(ClientTest, DisconnectLeavesOneNamespaceAndKeepsTheConnection) {
  make();
  FakeSession& session = connect();
  session.receive("0/chat,");
  app->take();
  session.receive("1/chat,");
  EXPECT_EQ(app->take(), Strings{"disconnect client namespace disconnect"});
  session.receive("1");
  EXPECT_TRUE(session.is_open());
  session.receive("0");
  EXPECT_EQ(app->take().back(), "connect / {}");
  EXPECT_EQ(server->counters(0).sockets.value(), 1u);
}

TEST_F(ClientTest, AnswersEventsByTheirId) {
  make();
  app->received = [](plugin_api::Socket& socket, const plugin_api::Event& event) {
    const std::string_view pieces[] = {"[", event.args, "]"};
    socket.reply(event.ack, {pieces});
  };
  FakeSession& session = connect();
  session.receive(R"(217["x",1,"2"])");
  EXPECT_EQ(session.take(), Strings{R"(4317[1,"2"])"});
  session.receive(R"(2["x"])");
  EXPECT_TRUE(session.take().empty());
}

TEST_F(ClientTest, EndsNamespacesOutOfAPatternWithTheirLastSocket) {
  make();
  for (int i = 0; i < 50; ++i) {
    FakeSession& session = open();
    session.receive("0/dynamic-" + std::to_string(i) + ",");
    EXPECT_EQ(server->counters(0).namespaces.value(), 1u);
    session.lose();
    run();
  }
  EXPECT_EQ(server->counters(0).namespaces.value(), 0u);
  EXPECT_EQ(server->counters(0).sockets.value(), 0u);
}

TEST_F(ClientTest, SpeaksMsgpackWhereConfigured) {
  socketio::Options options;
  options.parser = socketio::Parser::msgpack;
  make(options);
  FakeSession& session = open();
  // {type: 0, nsp: "/"}
  session.receive_binary(std::string_view("\x82\xa4type\x00\xa3nsp\xa1/", 13));
  EXPECT_EQ(app->take(), Strings{"connect / {}"});
  // {type: 2, nsp: "/", data: ["e", bin 0x01 0x02]}
  session.receive_binary(
      std::string_view("\x83\xa4type\x02\xa3nsp\xa1/\xa4"
                       "data\x92\xa1"
                       "e\xc4\x02\x01\x02",
                       25));
  EXPECT_EQ(app->take(), Strings{R"(event e {"_placeholder":true,"num":0} +1)"});
  session.receive("2[\"x\"]");  // text is not msgpack
  EXPECT_FALSE(session.is_open());
}

TEST_F(ClientTest, GoesOnAfterAPluginThrew) {
  make();
  app->received = [](plugin_api::Socket&, const plugin_api::Event&) { throw std::runtime_error("broken"); };
  FakeSession& session = connect();
  session.receive(R"(2["x"])");
  session.receive(R"(2["y"])");
  EXPECT_TRUE(session.is_open());
  EXPECT_EQ(hooks.errors, (Strings{"event: broken", "event: broken"}));
  EXPECT_EQ(drops(Drop::plugin_error), 2u);
}

}  // namespace
}  // namespace signaling::test
