// WebSocket connections over real sockets: handshake, corking, slow readers, every way to end.

#include <gtest/gtest.h>

#include "support/raw_client.hpp"
#include "test_service.hpp"

namespace signaling::net::test {
namespace {

using base::Milliseconds;
using signaling::test::client_frame;
using signaling::test::eventually;
using signaling::test::Frame;
using signaling::test::HttpAnswer;
using signaling::test::RawClient;

std::string close_payload(std::uint16_t code) { return {static_cast<char>(code >> 8), static_cast<char>(code & 0xff)}; }

TEST(WebSocketConnection, UpgradesAndEchoes) {
  TestServer server(quick_options());
  RawClient client(server.port());
  const HttpAnswer answer = client.open_websocket("/ws");
  EXPECT_EQ(answer.status, 101u);
  EXPECT_EQ(answer.header("Sec-WebSocket-Accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") << "RFC 6455 section 1.3";
  EXPECT_EQ(answer.header("X-Test"), "yes");
  EXPECT_EQ(answer.header("Sec-WebSocket-Extensions"), "");
  for (const std::size_t size : {0u, 1u, 125u, 126u, 65535u, 65536u, 300'000u}) {
    client.send_text(std::string(size, 'a'));
    const Frame frame = client.read_frame();
    EXPECT_EQ(frame.first_byte, 0x81);
    EXPECT_EQ(frame.payload.size(), size);
  }
  client.send(client_frame(0x82, std::string("\0\xff", 2)));
  EXPECT_EQ(client.read_frame().first_byte, 0x82);
}

TEST(WebSocketConnection, TellsOfALongMessageBeforeItIsWhole) {
  TestServer server(quick_options());
  RawClient client(server.port());
  client.open_websocket("/ws");
  const std::string frame = client_frame(0x81, std::string(300'000, 'a'));
  const std::size_t head = frame.size() - 300'000;
  // Told each 64 KB; how it is cut on the way, nobody knows.
  const auto is_told_of = [&](std::size_t sent) {
    return eventually([&] { return server.events.partial_bytes <= sent && server.events.partial_bytes + 64 * 1024 > sent; });
  };
  client.send(frame.substr(0, head + 100'000));
  EXPECT_TRUE(is_told_of(100'000));
  client.send(frame.substr(head + 100'000, 150'000));
  EXPECT_TRUE(is_told_of(250'000));
  EXPECT_EQ(server.events.messages, 0);
  client.send(frame.substr(head + 250'000));
  EXPECT_EQ(client.read_frame().payload, std::string(300'000, 'a'));

  client.send(client_frame(0x81, "throw" + std::string(300'000, 'a')).substr(0, 200'000));
  EXPECT_EQ(client.read_frame().close_code(), 1011);
}

TEST(WebSocketConnection, UpgradesAfterOtherRequests) {
  TestServer server(quick_options());
  RawClient client(server.port());
  EXPECT_EQ(client.get("/hello").status, 200u);
  EXPECT_EQ(client.open_websocket("/ws").status, 101u);
  client.send_text("x");
  EXPECT_EQ(client.read_frame().payload, "x");
}

TEST(WebSocketConnection, ReadsFramesThatCameWithTheHandshake) {
  TestServer server(quick_options());
  for (const char* path : {"/ws", "/ws-later"}) {
    RawClient client(server.port());
    EXPECT_EQ(client.open_websocket(path, {}, client_frame(0x81, "early") + client_frame(0x81, "bird")).status, 101u);
    EXPECT_EQ(client.read_frame().payload, "early") << path;
    EXPECT_EQ(client.read_frame().payload, "bird");
    client.send_text("later");
    EXPECT_EQ(client.read_frame().payload, "later");
  }
}

TEST(WebSocketConnection, RefusesHandshakesThatCannotBe) {
  TestServer server(quick_options());
  const std::string start = "GET /ws HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n";
  RawClient version(server.port());
  version.send(start + "Sec-WebSocket-Version: 8\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
  const HttpAnswer answer = version.read_answer();
  EXPECT_EQ(answer.status, 426u);
  EXPECT_EQ(answer.header("Sec-WebSocket-Version"), "13");
  RawClient key(server.port());
  key.send(start + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: short\r\n\r\n");
  EXPECT_EQ(key.read_answer().status, 400u);
  EXPECT_EQ(server.bad(BadRequest::bad_upgrade), 2u);
  // Without `Connection: Upgrade` it is an ordinary request.
  RawClient plain(server.port());
  EXPECT_EQ(plain.get("/ws", "Upgrade: websocket\r\n").status, 404u);
}

TEST(WebSocketConnection, AnswersManyFramesOfOneSegmentWithOneWrite) {
  TestServer server(quick_options());
  RawClient client(server.port());
  client.open_websocket("/ws");
  const std::uint64_t before = server.server.counters(0).sends.value();
  std::string frames;
  for (int i = 0; i < 100; ++i) frames += client_frame(0x81, "message " + std::to_string(i));
  client.send(frames);
  for (int i = 0; i < 100; ++i) ASSERT_EQ(client.read_frame().payload, "message " + std::to_string(i));
  EXPECT_LE(server.server.counters(0).sends.value() - before, 3u) << "corked: one write per turn";
}

TEST(WebSocketConnection, AnswersPings) {
  TestServer server(quick_options());
  RawClient client(server.port());
  client.open_websocket("/ws");
  client.send(client_frame(0x89, "are you there"));
  const Frame frame = client.read_frame();
  EXPECT_EQ(frame.first_byte, 0x8a);
  EXPECT_EQ(frame.payload, "are you there");
}

TEST(WebSocketConnection, EndsWhenTheClientCloses) {
  TestServer server(quick_options());
  RawClient client(server.port());
  client.open_websocket("/ws");
  client.send(client_frame(0x88, close_payload(1001)));
  const Frame frame = client.read_frame();
  EXPECT_EQ(frame.opcode(), 8);
  EXPECT_EQ(frame.close_code(), 1001);
  EXPECT_TRUE(client.ends_within(Milliseconds(1000)));
  EXPECT_TRUE(eventually([&] { return server.events.closed == 1; }));
  EXPECT_EQ(server.events.last_code, 1001);
  EXPECT_EQ(server.events.clean_closed, 1);
}

TEST(WebSocketConnection, ClosesWithACodeAfterWhatIsQueued) {
  TestServer server(quick_options());
  RawClient client(server.port());
  client.open_websocket("/ws");
  client.send_text("close 4001");
  EXPECT_EQ(client.read_frame().payload, "bye");
  EXPECT_EQ(client.read_frame().close_code(), 4001);
  EXPECT_FALSE(client.ends_within(Milliseconds(50))) << "the peer's close frame is waited for";
  client.send_text("ignored");
  client.send(client_frame(0x88, close_payload(4001)));
  EXPECT_TRUE(client.ends_within(Milliseconds(1000)));
  EXPECT_EQ(server.events.closed, 0) << "no callback after close()";
  EXPECT_EQ(server.limit(Limit::close_time), 0u);
}

TEST(WebSocketConnection, ClosesWithoutACode) {
  TestServer server(quick_options());
  RawClient client(server.port());
  client.open_websocket("/ws");
  client.send_text("close 1005");
  EXPECT_EQ(client.read_frame().payload, "bye");
  const Frame frame = client.read_frame();
  EXPECT_EQ(frame.opcode(), 8);
  EXPECT_TRUE(frame.payload.empty());
}

TEST(WebSocketConnection, WaitsABoundedTimeForThePeersClose) {
  TestServer server(quick_options());
  RawClient client(server.port());
  client.open_websocket("/ws");
  client.send_text("close 1000");
  EXPECT_TRUE(client.ends_within(Milliseconds(2000)));
  EXPECT_EQ(server.limit(Limit::close_time), 1u);
  EXPECT_TRUE(eventually([&] { return server.server.connection_count() == 0; }));
}

TEST(WebSocketConnection, AbandonsAtOnce) {
  TestServer server(quick_options());
  RawClient client(server.port());
  client.open_websocket("/ws");
  client.send_text("abandon");
  EXPECT_TRUE(client.ends_within(Milliseconds(1000)));
  EXPECT_EQ(server.events.closed, 0) << "no callback after abandon()";
  EXPECT_TRUE(eventually([&] { return server.server.connection_count() == 0; }));
}

TEST(WebSocketConnection, TellsOfALostConnection) {
  TestServer server(quick_options());
  {
    RawClient client(server.port());
    client.open_websocket("/ws");
  }
  EXPECT_TRUE(eventually([&] { return server.events.closed == 1; }));
  EXPECT_EQ(server.events.last_code, 1006);
  RawClient client(server.port());
  client.open_websocket("/ws");
  client.reset();
  EXPECT_TRUE(eventually([&] { return server.events.closed == 2; }));
  EXPECT_EQ(server.events.clean_closed, 0);
}

TEST(WebSocketConnection, EndsProtocolErrorsWithTheirCode) {
  struct Case {
    std::string bytes;
    std::uint16_t code;
  };
  TestServer server(quick_options());
  const std::vector<Case> cases{{std::string("\x81\x01x", 3), 1002},  // not masked
                                {client_frame(0xc1, "x"), 1002},      // RSV1 without an extension
                                {client_frame(0x83, "x"), 1002},      // unknown opcode
                                {client_frame(0x81, "\xff"), 1007},
                                {client_frame(0x81, std::string(1'000'001, 'a')), 1009}};
  int closed = 0;
  for (const Case& one : cases) {
    RawClient client(server.port());
    client.open_websocket("/ws");
    client.send(client_frame(0x81, "before") + one.bytes);
    EXPECT_EQ(client.read_frame().payload, "before");
    EXPECT_EQ(client.read_frame().close_code(), one.code);
    EXPECT_TRUE(client.ends_within(Milliseconds(2000)));
    ++closed;
    EXPECT_TRUE(eventually([&] { return server.events.closed == closed; }));
    EXPECT_EQ(server.events.last_code, one.code);
  }
  EXPECT_EQ(server.limit(Limit::message_bytes), 1u);
  EXPECT_EQ(server.bad(BadRequest::websocket), 4u);
}

TEST(WebSocketConnection, SurvivesAHandlerThatThrows) {
  TestServer server(quick_options());
  RawClient client(server.port());
  client.open_websocket("/ws");
  client.send_text("throw");
  EXPECT_EQ(client.read_frame().close_code(), 1011);
  EXPECT_EQ(server.server.counters(0).exceptions.value(), 1u);
  EXPECT_EQ(RawClient(server.port()).get("/hello").status, 200u);
}

TEST(WebSocketConnection, WritesInPartsToASlowReader) {
  TestServer server(quick_options());
  RawClient client(server.port());
  client.set_receive_buffer(65536);
  EXPECT_EQ(client.open_websocket("/ws-burst?6000").status, 101u);
  ASSERT_TRUE(server.gets_stuck());
  for (int i = 0; i < 6000; ++i) ASSERT_EQ(client.read_frame().payload.size(), 1024u);
  EXPECT_TRUE(eventually([&] { return server.events.drained >= 1; }));
  client.send_text("still here");
  EXPECT_EQ(client.read_frame().payload, "still here");
  EXPECT_TRUE(server.has_nothing_queued());
}

TEST(WebSocketConnection, AbandonsAReaderThatStops) {
  ServerOptions options = quick_options();
  options.websocket.max_send_queue_bytes = 1'000'000;
  TestServer server(options);
  RawClient other(server.port());
  other.open_websocket("/ws");
  RawClient client(server.port());
  client.set_receive_buffer(4096);
  client.open_websocket("/ws-burst?900");
  const std::string big(100'000, 'x');
  try {
    for (int i = 0; i < 200; ++i) client.send_text(big);
  } catch (const signaling::test::ClientError&) {
  }
  EXPECT_TRUE(eventually([&] { return server.limit(Limit::send_queue) == 1; }));
  EXPECT_TRUE(eventually([&] { return server.events.closed == 1; }));
  EXPECT_EQ(server.events.last_code, 1006);
  EXPECT_TRUE(server.has_nothing_queued());
  other.send_text("served");
  EXPECT_EQ(other.read_frame().payload, "served");
}

TEST(WebSocketConnection, EndsAPingFloodThatIsNotRead) {
  TestServer server(quick_options());
  RawClient client(server.port());
  client.set_receive_buffer(4096);
  client.open_websocket("/ws-burst?5000");
  ASSERT_TRUE(server.gets_stuck());
  std::string pings;
  for (int i = 0; i < 100; ++i) pings += client_frame(0x89, "flood");
  client.send(pings);
  EXPECT_TRUE(eventually([&] { return server.limit(Limit::control_frames) == 1; }));
  EXPECT_TRUE(eventually([&] { return server.events.closed == 1; }));
}

TEST(WebSocketConnection, EndsAFloodOfControlFramesThatIsRead) {
  ServerOptions options = quick_options();
  options.websocket.max_control_frames_per_second = 5;
  TestServer server(options);
  for (const std::uint8_t kind : {std::uint8_t{0x89}, std::uint8_t{0x8a}}) {  // pings, and pongs that nobody asked for
    RawClient client(server.port());
    client.open_websocket("/ws");
    std::string flood;
    // Twice as many as allowed and one, however the flood falls on the seconds of the clock.
    for (int i = 0; i < 11; ++i) flood += client_frame(kind, "flood");
    client.send(flood);
    Frame frame = client.read_frame();
    for (int pongs = 0; frame.first_byte == 0x8a && pongs < 10; ++pongs) frame = client.read_frame();
    EXPECT_EQ(frame.close_code(), 1008) << int{kind};
  }
  EXPECT_EQ(server.limit(Limit::control_frames), 2u);
  // Messages are none of it.
  RawClient talker(server.port());
  talker.open_websocket("/ws");
  for (int i = 0; i < 20; ++i) {
    talker.send_text("hello");
    EXPECT_EQ(talker.read_frame().payload, "hello");
  }
}

TEST(WebSocketConnection, BoundsTheFragmentsOfAMessage) {
  ServerOptions options = quick_options();
  options.websocket.max_fragments = 3;
  TestServer server(options);
  RawClient client(server.port());
  client.open_websocket("/ws");
  client.send(client_frame(0x01, "a") + client_frame(0x00, "b") + client_frame(0x80, "c"));
  EXPECT_EQ(client.read_frame().payload, "abc");
  client.send(client_frame(0x01, "a") + client_frame(0x00, "") + client_frame(0x00, "") + client_frame(0x00, ""));
  EXPECT_EQ(client.read_frame().close_code(), 1009);
  EXPECT_EQ(server.limit(Limit::message_bytes), 1u);
}

TEST(WebSocketConnection, ReadsNoMoreWhileTheHandlerDoesNotWantIt) {
  TestServer server(quick_options());
  RawClient client(server.port());
  client.open_websocket("/ws");
  client.send_text("pause");
  EXPECT_TRUE(eventually([&] { return server.events.messages == 1; }));
  for (int i = 0; i < 50; ++i) client.send_text("later " + std::to_string(i));
  // Another connection of the loop is served behind what this one might have read.
  RawClient other(server.port());
  EXPECT_EQ(other.get("/hello").status, 200u);
  EXPECT_EQ(server.events.messages, 1);
  server.events.may_read = true;
  for (int i = 0; i < 50; ++i) EXPECT_EQ(client.read_frame().payload, "later " + std::to_string(i));
  client.send_text("after");
  EXPECT_EQ(client.read_frame().payload, "after");
}

TEST(WebSocketConnection, ClosesWhileItIsNotRead) {
  TestServer server(quick_options());
  RawClient client(server.port());
  client.open_websocket("/ws");
  // Read at once with it: what stands behind it in the same segment is still delivered.
  client.send(client_frame(0x81, "pause") + client_frame(0x81, "close 4000"));
  EXPECT_EQ(client.read_frame().payload, "bye");
  EXPECT_EQ(client.read_frame().close_code(), 4000);
  client.send(client_frame(0x88, close_payload(4000)));
  EXPECT_TRUE(client.ends_within(Milliseconds(1000)));
  EXPECT_EQ(server.limit(Limit::close_time), 0u) << "the peer's close frame was read";
}

TEST(WebSocketConnection, StopTellsEveryHandler) {
  TestServer server(quick_options());
  RawClient socket(server.port());
  socket.open_websocket("/ws");
  RawClient poll(server.port());
  poll.send("GET /hold HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_TRUE(eventually([&] { return server.server.counters(0).requests.value() == 2; }));
  server.server.stop();
  EXPECT_EQ(server.events.closed, 1);
  EXPECT_EQ(server.events.lost, 1);
  EXPECT_EQ(server.server.connection_count(), 0u);
}

TEST(WebSocketConnection, SharesDeflatedFrames) {
  ServerOptions options = quick_options();
  options.websocket.deflate = DeflateOptions{};
  TestServer server(options);
  RawClient client(server.port());
  const HttpAnswer answer =
      client.open_websocket("/ws", "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n");
  EXPECT_NE(answer.header("Sec-WebSocket-Extensions").find("permessage-deflate"), std::string::npos);
  EXPECT_NE(answer.header("Sec-WebSocket-Extensions").find("server_no_context_takeover"), std::string::npos);
  client.send_text("short");
  EXPECT_EQ(client.read_frame().first_byte, 0x81);
  client.send_text(std::string(5000, 'a'));
  const Frame frame = client.read_frame();
  EXPECT_EQ(frame.first_byte, 0xc1);
  EXPECT_LT(frame.payload.size(), 100u);
  // What was deflated comes back the same through the server's inflater.
  client.send(client_frame(0xc1, frame.payload));
  EXPECT_EQ(client.read_frame().payload, frame.payload);
  RawClient without(server.port());
  without.open_websocket("/ws");
  without.send_text(std::string(5000, 'a'));
  EXPECT_EQ(without.read_frame().first_byte, 0x81);
}

}  // namespace
}  // namespace signaling::net::test
