// Start, health, metrics and end of a running server.

#include <csignal>
#include <fstream>
#include <sstream>
#include <support/raw_client.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server_process.hpp"

namespace signaling::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::vector<std::string> arguments(std::vector<std::string> more = {}) {
  std::vector<std::string> all{"--config", memory_toml(),  "--set", "listen.address=127.0.0.1", "--set", "listen.port=0",
                               "--set",    "admin.port=0", "--set", "node.name=test-node"};
  for (std::string& setting : more) {
    all.emplace_back("--set");
    all.push_back(std::move(setting));
  }
  return all;
}

HttpAnswer get(std::uint16_t port, const std::string& path) { return RawClient(port).get(path); }

TEST(Life, ServesHealthAndMetricsAndEndsCleanly) {
  ServerProcess server(arguments());
  ASSERT_TRUE(server.wait_for("ready: "));
  const std::uint16_t admin = server.admin_port();
  EXPECT_EQ(get(admin, "/healthz").status, 200u);
  EXPECT_THAT(get(admin, "/healthz").body, HasSubstr("\"status\":\"alive\",\"node\":\"test-node\""));
  EXPECT_EQ(get(admin, "/readyz").status, 200u);
  EXPECT_THAT(get(admin, "/readyz").body, HasSubstr("\"status\":\"ready\""));

  RawClient client(server.port());
  EXPECT_EQ(client.get("/socket.io/?EIO=4&transport=polling").status, 200u);
  EXPECT_EQ(client.get("/socket.io/?EIO=4&transport=polling&sid=nobody").status, 400u);
  EXPECT_EQ(client.get("/").status, 200u);
  EXPECT_EQ(client.get("/no/such/page").status, 404u);
  const std::string metrics = get(admin, "/metrics").body;
  EXPECT_THAT(metrics, HasSubstr("\nsignaling_sessions{transport=\"polling\"} 1\n"));
  EXPECT_THAT(metrics, HasSubstr("\nsignaling_handshakes_total{transport=\"polling\"} 1\n"));
  EXPECT_THAT(metrics, HasSubstr("\nsignaling_engine_errors_total{code=\"1\",error=\"session_id_unknown\"} 1\n"));
  EXPECT_THAT(metrics, HasSubstr("\nsignaling_connections 1\n"));
  EXPECT_THAT(metrics, HasSubstr("\nsignaling_ready 1\n"));
  EXPECT_THAT(metrics, HasSubstr("\nprocess_resident_memory_bytes "));
  EXPECT_TRUE(server.wait_for("1 × session id unknown, last from 127.0.0.1"));

  server.signal(SIGTERM);
  EXPECT_EQ(server.wait(), 0) << server.errors();
  EXPECT_THAT(server.errors(), HasSubstr(" server: stopped\n"));
}

TEST(Life, ClosesTheSessionsAtTheEnd) {
  ServerProcess server(arguments({"listen.workers=2"}));
  const std::uint16_t port = server.port();
  ASSERT_NE(port, 0);
  RawClient websocket(port);
  EXPECT_EQ(websocket.open_websocket("/socket.io/?EIO=4&transport=websocket").status, 101u);
  EXPECT_EQ(websocket.read_frame().payload.substr(0, 1), "0");
  RawClient polling(port);
  const std::string handshake = polling.get("/socket.io/?EIO=4&transport=polling").body;
  const std::string sid = handshake.substr(handshake.find("\"sid\":\"") + 7, 20);
  polling.send("GET /socket.io/?EIO=4&transport=polling&sid=" + sid + " HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_TRUE(polling.is_silent_for(base::Milliseconds(100)));

  server.signal(SIGTERM);
  const Frame last = websocket.read_frame();
  EXPECT_EQ(last.opcode(), 8);
  EXPECT_EQ(last.close_code(), 1012);
  websocket.send(client_frame(0x88, last.payload));
  EXPECT_EQ(polling.read_answer().body, "1");
  EXPECT_EQ(polling.read_to_end(), "");
  polling.close();
  EXPECT_TRUE(websocket.ends_within(RawClient::time_limit));
  EXPECT_EQ(server.wait(), 0) << server.errors();
  EXPECT_THAT(server.errors(), Not(HasSubstr("are cut")));
}

TEST(Life, IsNotReadyWhileItDrainsAndASecondSignalHurries) {
  ServerProcess server(arguments({"node.shutdown_timeout=10m", "limits.websocket_close_timeout=10m"}));
  const std::uint16_t admin = server.admin_port();
  RawClient silent(server.port());  // never answers the close frame
  EXPECT_EQ(silent.open_websocket("/socket.io/?EIO=4&transport=websocket").status, 101u);
  silent.read_frame();
  ASSERT_TRUE(server.wait_for("ready: "));
  server.signal(SIGINT);
  EXPECT_TRUE(eventually([&] { return get(admin, "/readyz").status == 503; }));
  EXPECT_THAT(get(admin, "/readyz").body, HasSubstr("\"reasons\":[\"draining\"]"));
  EXPECT_EQ(get(admin, "/healthz").status, 200u);
  EXPECT_EQ(silent.read_frame().opcode(), 8);
  server.signal(SIGTERM);
  EXPECT_EQ(server.wait(), 0) << server.errors();
  EXPECT_THAT(server.errors(), HasSubstr("are cut (second signal)"));
}

TEST(Life, EndsAtItsTimeLimitWhateverClientsDo) {
  ServerProcess server(arguments({"node.shutdown_timeout=200ms", "limits.websocket_close_timeout=10m"}));
  RawClient silent(server.port());
  EXPECT_EQ(silent.open_websocket("/socket.io/?EIO=4&transport=websocket").status, 101u);
  RawClient half_sent(server.port());
  half_sent.send("GET /socket.io/?EIO=4 HTT");
  ASSERT_TRUE(server.wait_for("ready: "));
  server.signal(SIGTERM);
  EXPECT_EQ(server.wait(), 0) << server.errors();
}

TEST(Life, NamesAPortThatIsTaken) {
  const ServerProcess first(arguments());
  ASSERT_TRUE(first.wait_for("ready: "));
  for (const std::string key : {"listen.port", "admin.port"}) {
    const std::string port = std::to_string(key == "listen.port" ? first.port() : first.admin_port());
    ServerProcess second(arguments({key + "=" + port, "listen.workers=2"}));
    EXPECT_EQ(second.wait(), 3);
    EXPECT_THAT(second.errors(),
                HasSubstr("--set " + key + ": listen on 127.0.0.1 port " + port + ": Address already in use: choose another"));
  }
}

TEST(Life, StartsWithoutPluginsAndSaysSo) {
  ServerProcess bare(
      {"--config", temporary_file("bare.toml", "[listen]\naddress = \"127.0.0.1\"\nport = 0\n[admin]\nport = 0\n")});
  ASSERT_TRUE(bare.wait_for("ready: "));
  EXPECT_THAT(bare.errors(), HasSubstr("no adapter: this node is alone"));
  EXPECT_THAT(bare.errors(), HasSubstr("no application: every CONNECT is refused"));
  RawClient client(bare.port());
  EXPECT_EQ(client.open_websocket("/socket.io/?EIO=4&transport=websocket").status, 101u);
  client.read_frame();
  client.send_text("40");
  EXPECT_EQ(client.read_frame().payload, "44{\"message\":\"Invalid namespace\"}");
  bare.signal(SIGTERM);
  client.read_frame();
  client.close();
  EXPECT_EQ(bare.wait(), 0) << bare.errors();
}

TEST(Life, WritesJsonLinesToAFile) {
  const std::string file = temporary_file("server.log", "");
  ServerProcess server(arguments({"log.format=json", "log.file=" + file, "log.level=debug"}));
  std::string text;
  EXPECT_TRUE(eventually(
      [&] {
        std::ostringstream out;
        out << std::ifstream(file).rdbuf();
        text = out.str();
        return text.find("\"message\":\"ready: ") != std::string::npos;
      },
      ServerProcess::time_limit));
  server.signal(SIGTERM);
  EXPECT_EQ(server.wait(), 0);
  EXPECT_EQ(server.errors(), "");
  EXPECT_THAT(text, HasSubstr("\"level\":\"info\",\"component\":\"server\",\"message\":\"listening on http://127.0.0.1:"));
}

}  // namespace
}  // namespace signaling::test
