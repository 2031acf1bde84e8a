#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signaling/server/config.hpp>

namespace signaling::server {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::optional<std::string> no_environment(std::string_view) { return std::nullopt; }

class ConfigTest : public ::testing::Test {
 protected:
  Configuration load(std::string_view text, std::vector<std::string> settings = {}) {
    return check_configuration(parse_document(text, "f.toml", settings, problems_), no_environment, problems_);
  }
  std::vector<std::string> errors(std::string_view text) {
    problems_ = {};
    load(text);
    return problems_.lines();
  }
  ConfigProblems problems_;
};

TEST_F(ConfigTest, DefaultsAreThoseOfTheLayers) {
  const ServerConfig config = load("").server;
  ASSERT_THAT(problems_.lines(), IsEmpty());
  const engine::Options engine;
  EXPECT_EQ(config.engine.ping_interval, engine.ping_interval);
  EXPECT_EQ(config.engine.ping_timeout, engine.ping_timeout);
  EXPECT_EQ(config.engine.upgrade_timeout, engine.upgrade_timeout);
  EXPECT_EQ(config.engine.close_timeout, engine.close_timeout);
  EXPECT_EQ(config.engine.max_payload_bytes, engine.max_payload_bytes);
  EXPECT_EQ(config.engine.polling, engine.polling);
  EXPECT_EQ(config.engine.websocket, engine.websocket);
  EXPECT_EQ(config.engine.allow_upgrades, engine.allow_upgrades);
  EXPECT_EQ(config.engine.bind_address, engine.bind_address);
  EXPECT_EQ(config.engine.cookie.has_value(), engine.cookie.has_value());
  EXPECT_EQ(config.engine.max_send_queue_bytes, engine.max_send_queue_bytes);
  EXPECT_EQ(config.engine.max_sessions, engine.max_sessions);
  const socketio::Options socketio;
  EXPECT_EQ(config.socketio.parser, socketio.parser);
  EXPECT_EQ(config.socketio.connect_timeout, socketio.connect_timeout);
  EXPECT_EQ(config.socketio.middleware_timeout, socketio.middleware_timeout);
  EXPECT_EQ(config.socketio.max_namespaces_per_client, socketio.max_namespaces_per_client);
  EXPECT_EQ(config.socketio.max_rooms_per_socket, socketio.max_rooms_per_socket);
  EXPECT_EQ(config.socketio.max_room_name_bytes, socketio.max_room_name_bytes);
  EXPECT_EQ(config.socketio.max_namespace_name_bytes, socketio.max_namespace_name_bytes);
  EXPECT_EQ(config.socketio.max_event_name_bytes, socketio.max_event_name_bytes);
  EXPECT_EQ(config.socketio.max_attachments, socketio.max_attachments);
  EXPECT_EQ(config.socketio.max_packet_bytes, socketio.max_packet_bytes);
  EXPECT_EQ(config.socketio.attachments_timeout, socketio.attachments_timeout);
  EXPECT_EQ(config.socketio.max_json_depth, socketio.max_json_depth);
  EXPECT_EQ(config.socketio.max_pending_acks, socketio.max_pending_acks);
  EXPECT_EQ(config.socketio.max_auth_bytes, socketio.max_auth_bytes);
  EXPECT_EQ(config.socketio.max_socket_data_bytes, socketio.max_socket_data_bytes);
  EXPECT_EQ(config.socketio.max_held_messages, socketio.max_held_messages);
  EXPECT_EQ(config.socketio.max_held_bytes, socketio.max_held_bytes);
  EXPECT_EQ(config.socketio.member_timeout, socketio.member_timeout);
  EXPECT_EQ(config.socketio.max_pending_requests, socketio.max_pending_requests);
  EXPECT_EQ(config.socketio.max_cluster_queue_bytes, socketio.max_cluster_queue_bytes);
  EXPECT_EQ(config.socketio.max_conversations, socketio.max_conversations);
  const net::ServerOptions net;
  EXPECT_EQ(config.net.endpoints.front().address, net.endpoints.front().address);
  EXPECT_EQ(config.net.endpoints.front().port, net.endpoints.front().port);
  EXPECT_GE(config.net.workers, 1u);
  EXPECT_EQ(config.net.backlog, net.backlog);
  EXPECT_EQ(config.net.max_connections, net.max_connections);
  EXPECT_EQ(config.net.max_connections_per_address, net.max_connections_per_address);
  EXPECT_EQ(config.net.tls_handshake_timeout, net.tls_handshake_timeout);
  EXPECT_EQ(config.net.http.max_header_bytes, net.http.max_header_bytes);
  EXPECT_EQ(config.net.http.max_body_bytes, net.http.max_body_bytes);
  EXPECT_EQ(config.net.http.max_pipelined_bytes, net.http.max_pipelined_bytes);
  EXPECT_EQ(config.net.http.header_timeout, net.http.header_timeout);
  EXPECT_EQ(config.net.http.body_timeout, net.http.body_timeout);
  EXPECT_EQ(config.net.http.keep_alive_timeout, net.http.keep_alive_timeout);
  EXPECT_EQ(config.net.http.write_timeout, net.http.write_timeout);
  EXPECT_EQ(config.net.websocket.max_message_bytes, net.websocket.max_message_bytes);
  EXPECT_EQ(config.net.websocket.max_send_queue_bytes, net.websocket.max_send_queue_bytes);
  EXPECT_EQ(config.net.websocket.close_timeout, net.websocket.close_timeout);
  EXPECT_EQ(config.net.websocket.max_fragments, net.websocket.max_fragments);
  EXPECT_EQ(config.net.websocket.max_control_frames_per_second, net.websocket.max_control_frames_per_second);
  EXPECT_FALSE(config.net.websocket.deflate.has_value());
  EXPECT_EQ(config.http_compression->threshold_bytes, net::CompressionOptions{}.threshold_bytes);
  EXPECT_EQ(config.http_compression->level, net::CompressionOptions{}.level);
  EXPECT_FALSE(config.cors.has_value());
  EXPECT_FALSE(config.tls.has_value());
  EXPECT_EQ(config.engine_path, "/socket.io/");
  EXPECT_FALSE(config.node_name.empty());
}

TEST_F(ConfigTest, LeavesOneProcessorToOthers) {
  EXPECT_EQ(workers_for(1), 1u);
  EXPECT_EQ(workers_for(2), 1u);
  EXPECT_EQ(workers_for(3), 2u);
  EXPECT_EQ(workers_for(64), 63u);
  EXPECT_EQ(workers_for(1000), 64u);
  EXPECT_GE(load("listen.workers = 0").server.net.workers, 1u);
}

TEST_F(ConfigTest, RefusesMoreEventLoopsThanANodeCanHave) {
  EXPECT_EQ(load("listen.workers = 64").server.net.workers, 64u);
  EXPECT_THAT(problems_.lines(), IsEmpty());
  load("listen.workers = 65");
  EXPECT_THAT(problems_.lines(), ElementsAre(HasSubstr("listen.workers")));
}

TEST_F(ConfigTest, TurnsEveryTableIntoOptions) {
  const ServerConfig config = load(R"(
node.name = "n1"
[listen]
address = "::1"
port = 0
workers = 3
tls = { certificate_file = "c.pem", key_file = "k.pem" }
[engine]
path = "/rtc/"
transports = ["websocket"]
max_payload_bytes = 5000
max_send_queue_bytes = 9000
[engine.cookie]
enabled = true
same_site = "Strict"
max_age = "1h"
[engine.http_compression]
enabled = false
[engine.permessage_deflate]
enabled = true
threshold_bytes = 7
[cors]
enabled = true
origins = ["https://a.example"]
credentials = true
max_age = "10m"
[socketio]
parser = "msgpack"
[log]
format = "json"
[log.components]
net = "debug"
plugin.x = "trace"
[www]
enabled = true
url_path = "/page"
[plugins]
adapter = "memory_adapter"
middleware = ["m"]
applications = ["a", "b"]
)")
                                  .server;
  ASSERT_THAT(problems_.lines(), IsEmpty());
  EXPECT_EQ(config.node_name, "n1");
  EXPECT_EQ(config.net.workers, 3u);
  EXPECT_EQ(config.tls->key_file, "k.pem");
  EXPECT_EQ(config.engine_path, "/rtc/");
  EXPECT_FALSE(config.engine.polling);
  EXPECT_TRUE(config.engine.websocket);
  EXPECT_EQ(config.net.http.max_body_bytes, 5000u);
  EXPECT_EQ(config.net.websocket.max_message_bytes, 5000u);
  EXPECT_EQ(config.net.websocket.max_send_queue_bytes, 18'000u);
  EXPECT_EQ(config.engine.cookie->same_site, "Strict");
  EXPECT_EQ(config.engine.cookie->max_age_seconds, 3600);
  EXPECT_FALSE(config.http_compression.has_value());
  EXPECT_EQ(config.net.websocket.deflate->threshold_bytes, 7u);
  EXPECT_THAT(config.cors->origins, ElementsAre("https://a.example"));
  EXPECT_EQ(config.cors->max_age_seconds, 600);
  EXPECT_EQ(config.socketio.parser, socketio::Parser::msgpack);
  EXPECT_TRUE(config.log.json);
  EXPECT_THAT(config.log.components, ElementsAre(std::pair{"net", "debug"}, std::pair{"plugin.x", "trace"}));
  EXPECT_EQ(config.www.url_path, "/page/");
  EXPECT_EQ(config.plugins.adapter, "memory_adapter");
  EXPECT_THAT(config.plugins.applications, ElementsAre("a", "b"));
}

TEST_F(ConfigTest, ChecksWhatKeysMeanTogether) {
  EXPECT_THAT(
      errors(R"([listen]
address = "localhost"
port = 9464
tls.key_file = "k"
[engine]
path = "rtc"
max_send_queue_bytes = 1000
cookie = { enabled = true, same_site = "None" }
[cors]
enabled = true
credentials = true
[admin]
address = "localhost"
token = "0123456789abcdef"
[www]
url_path = "/a b"
)"),
      ElementsAre(
          "f.toml:2:11: listen.address: \"localhost\" is no numeric address, allowed: such as 0.0.0.0, 127.0.0.1, :: or ::1",
          "f.toml:3:8: listen.port: is the same as admin.port (9464), allowed: any other",
          "f.toml:4:16: listen.tls.key_file: stands alone, allowed: with listen.tls.certificate_file",
          "f.toml:6:8: engine.path: \"rtc\" is no URL path, allowed: begins with /, no blanks, no ? and no #",
          "f.toml:7:24: engine.max_send_queue_bytes: is less than engine.max_payload_bytes (1000000), so that what a client "
          "may send could not be passed on, allowed: at least that",
          "f.toml:8:40: engine.cookie.same_site: \"None\" is refused by browsers without engine.cookie.secure, "
          "allowed: with it, Lax, Strict",
          "f.toml:11:15: cors.credentials: is refused by browsers with origin \"*\", allowed: with named "
          "cors.origins or cors.reflect_origin",
          "f.toml:13:11: admin.address: \"localhost\" is no numeric address, allowed: such as 0.0.0.0, 127.0.0.1, "
          ":: or ::1",
          "f.toml:16:12: www.url_path: \"/a b\" is no URL path, allowed: begins with /, no blanks, no ? and no #"));
}

TEST_F(ConfigTest, WantsATokenForAnAdminListenerThatOthersReach) {
  for (const char* address : {"0.0.0.0", "::", "10.0.0.1", "::ffff:10.0.0.1"}) {
    const std::string text = "[admin]\naddress = \"" + std::string(address) + "\"\n";
    EXPECT_THAT(errors(text), ElementsAre("f.toml:2:11: admin.address: \"" + std::string(address) +
                                          "\" can be reached from other machines, and no admin.token is set, allowed: with "
                                          "one, or 127.0.0.1 and ::1"));
    EXPECT_THAT(errors(text + "token = \"0123456789abcdef\"\n"), IsEmpty());
    EXPECT_THAT(errors(text + "enabled = false\n"), IsEmpty());
  }
  for (const char* address : {"127.0.0.1", "127.1.2.3", "::1"})
    EXPECT_THAT(errors("[admin]\naddress = \"" + std::string(address) + "\"\n"), IsEmpty()) << address;
}

TEST_F(ConfigTest, AppliesTheListOfOriginsToHandshakes) {
  EXPECT_THAT(load("").server.engine.origins.allowed, IsEmpty());
  EXPECT_THAT(load("[cors]\norigins = [\"https://a.example\"]\n").server.engine.origins.allowed, IsEmpty());
  EXPECT_THAT(load("[cors]\nenabled = true\n").server.engine.origins.allowed, IsEmpty());
  const std::string named = "[cors]\nenabled = true\norigins = [\"https://a.example\", \"https://b.example\"]\n";
  EXPECT_THAT(load(named).server.engine.origins.allowed, ElementsAre("https://a.example", "https://b.example"));
  EXPECT_TRUE(load(named).server.engine.origins.allow_missing);
  EXPECT_FALSE(load(named + "allow_missing_origin = false\n").server.engine.origins.allow_missing);
  EXPECT_THAT(load(named + "reflect_origin = true\n").server.engine.origins.allowed, IsEmpty());
}

TEST_F(ConfigTest, HoldsPacketsToWhatASendQueueTakes) {
  EXPECT_EQ(load("").server.socketio.max_packet_bytes, 4'000'000u);
  const std::string small = "[engine]\nmax_send_queue_bytes = 2_000_000\n";
  EXPECT_EQ(load(small).server.socketio.max_packet_bytes, 2'000'000u);
  EXPECT_EQ(load(small + "[socketio]\nmax_packet_bytes = 1_000_000\n").server.socketio.max_packet_bytes, 1'000'000u);
}

TEST_F(ConfigTest, ReadsWhichProxiesAreTrusted) {
  const net::ServerOptions none = load("").server.net;
  EXPECT_TRUE(none.proxy.trusted.empty());
  EXPECT_FALSE(none.proxy.protocol);
  EXPECT_EQ(none.proxy.header, net::ProxyHeaderField::none);
  const net::ServerOptions net = load(R"([proxy]
trusted = ["10.0.0.0/8", "fd00::/8"]
protocol = true
header = "forwarded"
)")
                                     .server.net;
  EXPECT_THAT(problems_.lines(), IsEmpty());
  EXPECT_TRUE(net.endpoints.front().behind_proxy);
  EXPECT_TRUE(net.proxy.trusted.contains(*net::PeerAddress::parse("10.1.2.3")));
  EXPECT_FALSE(net.proxy.trusted.contains(*net::PeerAddress::parse("192.0.2.1")));
  EXPECT_TRUE(net.proxy.protocol);
  EXPECT_EQ(net.proxy.header, net::ProxyHeaderField::forwarded);
  EXPECT_EQ(load("[proxy]\ntrusted = [\"::1\"]\nheader = \"x-forwarded-for\"\n").server.net.proxy.header,
            net::ProxyHeaderField::x_forwarded_for);
}

TEST_F(ConfigTest, NamesTheProxyThatIsNoAddress) {
  EXPECT_THAT(errors("[proxy]\ntrusted = [\"10.0.0.0/8\", \"haproxy\", \"10.0.0.1/8\"]\n"),
              ElementsAre("f.toml:2:11: proxy.trusted: \"haproxy\" is no address or network, allowed: such as 192.0.2.7, "
                          "10.0.0.0/8, 2001:db8::1 or fd00::/8",
                          "f.toml:2:11: proxy.trusted: \"10.0.0.1/8\" has bits beyond its prefix, allowed: 10.0.0.0/8, or the "
                          "one address 10.0.0.1"));
}

TEST_F(ConfigTest, RefusesProxiesWithoutAnyToTrust) {
  EXPECT_THAT(errors("[proxy]\nprotocol = true\nheader = \"forwarded\"\n"),
              ElementsAre("f.toml:2:12: proxy.protocol: has nobody to believe, allowed: with the addresses of the balancers in "
                          "proxy.trusted",
                          "f.toml:3:10: proxy.header: has nobody to believe, allowed: with the addresses of the balancers in "
                          "proxy.trusted"));
}

TEST_F(ConfigTest, TakesATableOfAKeyForAMistake) {
  EXPECT_THAT(errors("[plugins.adapter]\nurl = \"x\"\n"),
              ElementsAre("f.toml:1:1: plugins.adapter: found a table, allowed: a string from 1 to 4096 bytes long"));
}

TEST_F(ConfigTest, EverySchemaKeyHasAHelpAndAGoodDefault) {
  load("");
  EXPECT_THAT(problems_.lines(), IsEmpty());
  for (const ConfigKey& key : server_schema()) EXPECT_STRNE(key.help, "") << key.name;
}

}  // namespace
}  // namespace signaling::server
