// HTTP over real sockets: framing, limits, misuse.

#include <ostream>

#include <gtest/gtest.h>

#include "support/raw_client.hpp"
#include "test_service.hpp"

namespace signaling::net::test {
namespace {

using base::Milliseconds;
using signaling::test::eventually;
using signaling::test::HttpAnswer;
using signaling::test::RawClient;

constexpr std::string_view hello = "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n";

TEST(HttpConnection, AnswersSeveralRequestsOnOneConnection) {
  TestServer server(quick_options());
  RawClient client(server.port());
  for (int i = 0; i < 3; ++i) {
    const HttpAnswer answer = client.get("/hello");
    EXPECT_EQ(answer.status, 200u);
    EXPECT_EQ(answer.body, "hello");
    EXPECT_EQ(answer.header("Connection"), "keep-alive");
    EXPECT_EQ(answer.header("Content-Type"), "text/plain");
  }
  EXPECT_EQ(server.server.connection_count(), 1u);
}

TEST(HttpConnection, ReadsARequestSplitAtEveryByte) {
  TestServer server(quick_options());
  const std::string request =
      "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 11\r\n\r\nhello world";
  RawClient client(server.port());
  const Counter& received = server.server.counters(0).bytes_received;
  for (std::size_t i = 1; i < request.size(); ++i) {
    const std::uint64_t before = received.value();
    client.send(request.substr(0, i));
    ASSERT_TRUE(eventually([&] { return received.value() == before + i; }));
    client.send(request.substr(i));
    ASSERT_EQ(client.read_answer().body, "hello world") << "split at " << i;
  }
}

TEST(HttpConnection, ReadsARequestByteByByte) {
  TestServer server(quick_options());
  RawClient client(server.port());
  for (const char c : std::string_view("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                                       "5\r\nhello\r\n6;name=value\r\n world\r\n0\r\n\r\n"))
    client.send({&c, 1});
  EXPECT_EQ(client.read_answer().body, "hello world");
  EXPECT_EQ(client.get("/hello").status, 200u);
}

TEST(HttpConnection, ServesPipelinedRequestsInOrder) {
  TestServer server(quick_options());
  RawClient client(server.port());
  std::string requests;
  for (int i = 0; i < 200; ++i) {
    // Every third answer comes later: what follows has to wait for it.
    requests += i % 50 == 3 ? "GET /later HTTP/1.1\r\nHost: x\r\n\r\n"
                            : "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n" + std::to_string(100 + i);
  }
  client.send(requests);
  for (int i = 0; i < 200; ++i) ASSERT_EQ(client.read_answer().body, i % 50 == 3 ? "later" : std::to_string(100 + i));
}

TEST(HttpConnection, StopsReadingBeyondThePipelineBound) {
  ServerOptions options = quick_options();
  options.http.max_pipelined_bytes = 4096;
  TestServer server(options);
  RawClient client(server.port());
  client.send("GET /hold HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_TRUE(eventually([&] { return server.server.counters(0).requests.value() == 1; }));
  const std::string flood(32 << 20, 'x');
  const std::size_t sent = client.send_some(flood, Milliseconds(200));
  EXPECT_LT(sent, flood.size()) << "the kernel's buffers hold the peer back";
  EXPECT_LE(server.server.counters(0).bytes_received.value(), 4096u + 64u);
}

TEST(HttpConnection, ResumesReadingWhenThePipelineHasRoom) {
  ServerOptions options = quick_options();
  options.http.max_pipelined_bytes = 256;
  TestServer server(options);
  RawClient client(server.port());
  std::string requests;
  for (int i = 0; i < 100; ++i) requests += i % 10 == 0 ? "GET /later HTTP/1.1\r\nHost: x\r\n\r\n" : hello;
  client.send(requests);
  for (int i = 0; i < 100; ++i) ASSERT_EQ(client.read_answer().body, i % 10 == 0 ? "later" : "hello");
}

TEST(HttpConnection, DoesNotServeAheadOfAPeerThatDoesNotRead) {
  ServerOptions options = quick_options();
  options.http.write_timeout = Milliseconds(5000);
  TestServer server(options);
  RawClient client(server.port());
  client.set_receive_buffer(65536);
  std::string requests;
  for (int i = 0; i < 100; ++i) requests += "GET /big?1000000 HTTP/1.1\r\nHost: x\r\n\r\n";
  client.send(requests);
  ASSERT_TRUE(server.gets_stuck());
  EXPECT_LT(server.server.counters(0).queued_bytes.value(), 3'000'000u);
  for (int i = 0; i < 100; ++i) ASSERT_EQ(client.read_answer().body.size(), 1'000'000u);
  EXPECT_EQ(client.get("/hello").body, "hello");
}

TEST(HttpConnection, AnswersHeadWithoutABody) {
  TestServer server(quick_options());
  RawClient client(server.port());
  client.send("HEAD /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(client.read_answer(true).header("Content-Length"), "5");
  EXPECT_EQ(client.get("/hello").body, "hello");
}

TEST(HttpConnection, SpeaksHttp10) {
  TestServer server(quick_options());
  RawClient client(server.port());
  client.send("GET /hello HTTP/1.0\r\n\r\n");
  const HttpAnswer answer = client.read_answer();
  EXPECT_EQ(answer.body, "hello");
  EXPECT_EQ(answer.header("Connection"), "close");
  EXPECT_TRUE(client.ends_within(Milliseconds(1000)));

  RawClient persistent(server.port());
  persistent.send("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(persistent.read_answer().header("Connection"), "keep-alive");
  EXPECT_EQ(persistent.get("/hello").body, "hello");
}

TEST(HttpConnection, ClosesWhenAskedTo) {
  TestServer server(quick_options());
  RawClient client(server.port());
  client.send("GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(client.read_answer().header("Connection"), "close");
  EXPECT_TRUE(client.ends_within(Milliseconds(1000)));

  RawClient other(server.port());
  EXPECT_EQ(other.get("/close").header("Connection"), "close");
  EXPECT_TRUE(other.ends_within(Milliseconds(1000)));
  other.close();
  client.close();
  EXPECT_TRUE(eventually([&] { return server.server.connection_count() == 0; }));
}

TEST(HttpConnection, AnswersAPeerThatHalfCloses) {
  TestServer server(quick_options());
  RawClient client(server.port());
  client.send(hello);
  client.shutdown_write();
  EXPECT_NE(client.read_to_end().find("hello"), std::string::npos);
}

TEST(HttpConnection, AnswersExpectContinue) {
  TestServer server(quick_options());
  RawClient client(server.port());
  client.send("POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(client.read_answer().status, 100u);
  client.send("ok");
  EXPECT_EQ(client.read_answer().body, "ok");
  client.send("POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 200-ok\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(client.read_answer().status, 417u);
}

TEST(HttpConnection, TellsTheOwnerOfALostExchange) {
  TestServer server(quick_options());
  {
    RawClient client(server.port());
    client.send("GET /hold HTTP/1.1\r\nHost: x\r\n\r\n");
    ASSERT_TRUE(eventually([&] { return server.server.counters(0).requests.value() == 1; }));
  }
  EXPECT_TRUE(eventually([&] { return server.events.lost == 1; }));
  RawClient client(server.port());
  client.send("GET /hold HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_TRUE(eventually([&] { return server.server.counters(0).requests.value() == 2; }));
  client.reset();
  EXPECT_TRUE(eventually([&] { return server.events.lost == 2; }));
  EXPECT_TRUE(eventually([&] { return server.server.connection_count() == 0; }));
}

TEST(HttpConnection, AnswersAnExceptionWith500) {
  TestServer server(quick_options());
  RawClient client(server.port());
  EXPECT_EQ(client.get("/throw").status, 500u);
  EXPECT_EQ(RawClient(server.port()).get("/hello").status, 200u);
  EXPECT_EQ(server.server.counters(0).exceptions.value(), 1u);
}

TEST(HttpConnection, WritesABigAnswerInParts) {
  ServerOptions options = quick_options();
  options.http.write_timeout = Milliseconds(5000);
  TestServer server(options);
  RawClient client(server.port());
  client.set_receive_buffer(65536);
  client.send("GET /big?8000000 HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(client.read_answer().body.size(), 8'000'000u);
  EXPECT_EQ(client.get("/hello").body, "hello");
  EXPECT_TRUE(server.has_nothing_queued());
}

TEST(HttpConnection, CarriesThePeersAddress) {
  ServerOptions options = quick_options();
  options.endpoints[0].address = "::";
  TestServer server(options);
  EXPECT_EQ(RawClient(server.port()).get("/address").body, "127.0.0.1 plain");
  EXPECT_EQ(RawClient(server.port(), false, true).get("/address").body, "::1 plain");
}

// --- limits

TEST(HttpLimits, RefusesALongHeaderWith431) {
  TestServer server(quick_options());
  RawClient client(server.port());
  EXPECT_EQ(client.get("/hello", "X: " + std::string(20'000, 'a') + "\r\n").status, 431u);
  EXPECT_TRUE(client.ends_within(Milliseconds(1000)));
  RawClient endless(server.port());
  endless.send("GET /hello HTTP/1.1\r\nHost: x\r\n");
  try {
    for (int i = 0; i < 1000; ++i) endless.send("X-Header-" + std::to_string(i) + ": " + std::string(100, 'v') + "\r\n");
  } catch (const signaling::test::ClientError&) {
    // It may be gone before all is sent.
  }
  EXPECT_EQ(endless.read_answer().status, 431u);
  EXPECT_EQ(server.limit(Limit::header_bytes), 2u);
  EXPECT_EQ(RawClient(server.port()).get("/hello").status, 200u);
}

TEST(HttpLimits, TakesAHeaderJustUnderTheLimit) {
  ServerOptions options = quick_options();
  options.http.max_header_bytes = 1000;
  TestServer server(options);
  const std::string start = "GET /hello HTTP/1.1\r\nHost: x\r\nX: ";
  RawClient client(server.port());
  client.send(start + std::string(1000 - start.size() - 4, 'a') + "\r\n\r\n");
  EXPECT_EQ(client.read_answer().status, 200u);
  client.send(start + std::string(1001 - start.size() - 4, 'a') + "\r\n\r\n");
  EXPECT_EQ(client.read_answer().status, 431u);
}

TEST(HttpLimits, RefusesALargeBodyWith413AndServesOthers) {
  ServerOptions options = quick_options();
  options.http.max_body_bytes = 1000;
  TestServer server(options);
  RawClient other(server.port());
  EXPECT_EQ(other.get("/hello").status, 200u);

  RawClient announced(server.port());
  announced.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n");
  EXPECT_EQ(announced.read_answer().status, 413u);
  RawClient chunked(server.port());
  chunked.send("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  chunked.send("3e9\r\n" + std::string(1001, 'a') + "\r\n0\r\n\r\n");
  EXPECT_EQ(chunked.read_answer().status, 413u);
  // The answer is not lost to a reset though the peer goes on sending.
  RawClient stubborn(server.port());
  stubborn.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 4000000\r\n\r\n" + std::string(4'000'000, 'a'));
  EXPECT_EQ(stubborn.read_answer().status, 413u);
  EXPECT_TRUE(stubborn.ends_within(Milliseconds(2000)));

  EXPECT_EQ(server.limit(Limit::body_bytes), 3u);
  EXPECT_EQ(other.get("/hello").status, 200u);
}

TEST(HttpLimits, EndsASlowHeaderWith408) {
  TestServer server(quick_options());
  RawClient slow(server.port());
  slow.send("GET /hello HTTP/1.1\r\nHo");
  RawClient silent(server.port());
  const HttpAnswer answer = slow.read_answer();
  EXPECT_EQ(answer.status, 408u);
  EXPECT_TRUE(slow.ends_within(Milliseconds(1000)));
  EXPECT_TRUE(silent.ends_within(Milliseconds(1000)));
  EXPECT_EQ(server.limit(Limit::header_time), 2u);
}

TEST(HttpLimits, CountsASlowHeaderFromItsFirstByte) {
  TestServer server(quick_options());
  RawClient client(server.port());
  EXPECT_EQ(client.get("/hello").status, 200u);
  // A byte now and then does not prolong it: the answer comes long before the client is through.
  int sent = 0;
  try {
    while (sent < 100 && client.is_silent_for(Milliseconds(20))) {
      client.send("x");
      ++sent;
    }
  } catch (const signaling::test::ClientError&) {
  }
  EXPECT_LT(sent, 100);
  EXPECT_EQ(client.read_answer().status, 408u);
}

TEST(HttpLimits, EndsASlowBodyWith408) {
  TestServer server(quick_options());
  RawClient client(server.port());
  client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf");
  EXPECT_EQ(client.read_answer().status, 408u);
  EXPECT_EQ(server.limit(Limit::body_time), 1u);
}

TEST(HttpLimits, ClosesAnIdleConnectionSilently) {
  TestServer server(quick_options());
  RawClient client(server.port());
  EXPECT_EQ(client.get("/hello").status, 200u);
  EXPECT_EQ(client.read_to_end(), "");
  EXPECT_EQ(server.limit(Limit::idle_time), 1u);
}

TEST(HttpLimits, AbandonsAPeerThatDoesNotReadItsAnswer) {
  TestServer server(quick_options());
  RawClient client(server.port());
  client.set_receive_buffer(4096);
  client.send("GET /big?50000000 HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(eventually([&] { return server.limit(Limit::write_time) == 1; }));
  EXPECT_TRUE(eventually([&] { return server.server.connection_count() == 0; }));
  EXPECT_TRUE(server.has_nothing_queued());
}

TEST(HttpLimits, BoundsConnections) {
  ServerOptions options = quick_options();
  options.max_connections = 3;
  TestServer server(options);
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(std::make_unique<RawClient>(server.port()));
    EXPECT_EQ(clients.back()->get("/hello").status, 200u);
  }
  RawClient refused(server.port());
  EXPECT_TRUE(refused.ends_within(Milliseconds(1000)));
  EXPECT_EQ(server.limit(Limit::connections), 1u);
  clients.pop_back();
  EXPECT_TRUE(eventually([&] { return server.server.connection_count() == 2; }));
  EXPECT_EQ(RawClient(server.port()).get("/hello").status, 200u);
}

TEST(HttpLimits, BoundsConnectionsOfOneAddress) {
  ServerOptions options = quick_options();
  options.max_connections_per_address = 1;
  TestServer server(options);
  RawClient first(server.port());
  EXPECT_EQ(first.get("/hello").status, 200u);
  EXPECT_TRUE(RawClient(server.port()).ends_within(Milliseconds(1000)));
  EXPECT_EQ(server.limit(Limit::connections_per_address), 1u);
}

// --- misuse: each gets its status, the connection ends, the next client is served

struct Misuse {
  const char* name;
  std::string bytes;
  unsigned status;
};

void PrintTo(const Misuse& misuse, std::ostream* out) { *out << misuse.name; }

class HttpMisuse : public testing::TestWithParam<Misuse> {};

TEST_P(HttpMisuse, IsRefused) {
  TestServer server(quick_options());
  RawClient client(server.port());
  client.send(GetParam().bytes);
  EXPECT_EQ(client.read_answer().status, GetParam().status);
  EXPECT_TRUE(client.ends_within(Milliseconds(2000)));
  EXPECT_EQ(server.server.counters(0).requests.value(), 0u) << "no part of it was served";
  EXPECT_EQ(RawClient(server.port()).get("/hello").status, 200u);
}

INSTANTIATE_TEST_SUITE_P(
    Table, HttpMisuse,
    testing::Values(
        Misuse{"garbage", "\x16\x03\x01\x02", 400}, Misuse{"no_version", "GET /hello\r\nHost: x\r\n\r\n", 400},
        Misuse{"http_2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400},
        Misuse{"version_1_2", "GET /hello HTTP/1.2\r\nHost: x\r\n\r\n", 400},
        Misuse{"bare_line_feeds", "GET /hello HTTP/1.1\nHost: x\n\n", 400},
        Misuse{"bare_line_feed_in_header", "GET /hello HTTP/1.1\r\nA: b\nHost: x\r\n\r\n", 400},
        Misuse{"folded_header", "GET /hello HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n", 400},
        Misuse{"space_before_first_header", "GET /hello HTTP/1.1\r\n Host: x\r\n\r\n", 400},
        Misuse{"space_before_colon", "GET /hello HTTP/1.1\r\nHost : x\r\n\r\n", 400},
        Misuse{"nul_in_header", std::string("GET /hello HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n", 40), 400},
        Misuse{"no_colon", "GET /hello HTTP/1.1\r\nHost: x\r\nnonsense\r\n\r\n", 400},
        Misuse{"no_host", "GET /hello HTTP/1.1\r\n\r\n", 400},
        Misuse{"two_hosts", "GET /hello HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400},
        Misuse{"relative_target", "GET hello HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        Misuse{"length_and_chunked",
               "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
        Misuse{"chunked_and_length",
               "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", 400},
        Misuse{"unknown_coding_and_length",
               "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello", 400},
        Misuse{"unknown_coding", "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n", 400},
        Misuse{"chunked_not_last", "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, identity\r\n\r\n", 400},
        Misuse{"chunked_twice",
               "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        Misuse{"chunked_1_0", "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
        Misuse{"two_lengths", "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na", 400},
        Misuse{"negative_length", "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400},
        Misuse{"signed_length", "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: +5\r\n\r\nhello", 400},
        Misuse{"hex_length", "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 0x5\r\n\r\nhello", 400},
        Misuse{"overflowing_length", "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n", 400},
        Misuse{"bad_chunk_size", "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
        Misuse{"chunk_without_end", "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabcd\r\n", 400},
        Misuse{"endless_chunk_line",
               "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5;" + std::string(8000, 'x'), 400}),
    [](const auto& parameter) { return std::string(parameter.param.name); });

}  // namespace
}  // namespace signaling::net::test
