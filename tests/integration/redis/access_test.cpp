// Ways to get at one server: passwords, ACL users, databases, Unix sockets, TLS; and what is said where it does not work.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/redis_servers.hpp"
#include "test_backend.hpp"
#include "test_certificates.hpp"

namespace signaling::redis_adapter {
namespace {

using namespace std::chrono_literals;
using test::RedisServer;
using ::testing::HasSubstr;
using ::testing::Not;

std::string first_refusal(const BackendOptions& options) {
  TestBackend redis(options);
  EXPECT_TRUE(redis.run_until([&] { return !redis.refusals.empty(); }));
  EXPECT_TRUE(redis.events.empty());
  return redis.refusals.empty() ? std::string() : redis.refusals.front();
}

/// The last failure that was logged, for what is no refusal.
std::string first_failure(const BackendOptions& options) {
  TestBackend redis(options);
  EXPECT_TRUE(redis.run_until([&] { return redis->stats().connect_failures > 0; }));
  EXPECT_TRUE(redis.events.empty());
  return redis.log.empty() ? std::string() : redis.log.front();
}

void expect_working(TestBackend& redis) {
  ASSERT_TRUE(redis.wait_up());
  EXPECT_EQ(redis.command(0, {"SET", "a", std::string(100'000, 'x')}).text, "OK");
  EXPECT_EQ(redis.command(0, {"STRLEN", "a"}).integer, 100'000);
  EXPECT_EQ(redis.subscribe(0, "news").outcome, Outcome::ok);
  EXPECT_EQ(redis.publish(0, "news", "x").integer, 1);
  EXPECT_TRUE(redis.run_until([&] { return !redis.messages.empty(); }));
}

TEST(RedisAccess, UsesThePassword) {
  RedisServer server({"requirepass s3cret"});
  server.start();
  {
    TestBackend redis(options_for({"redis://:s3cret@" + server.address()}));
    expect_working(redis);
  }
  EXPECT_THAT(first_refusal(options_for({server.url()})), HasSubstr("wants a password"));
  const auto wrong = first_refusal(options_for({"redis://:wr0ng@" + server.address()}));
  EXPECT_THAT(wrong, HasSubstr("password"));
  EXPECT_THAT(wrong, Not(HasSubstr("wr0ng")));
}

TEST(RedisAccess, GoesOnTryingAfterARefusal) {
  RedisServer server({"requirepass s3cret"});
  server.start();
  TestBackend redis(options_for({"redis://:later@" + server.address()}));
  ASSERT_TRUE(redis.run_until([&] { return redis.refusals.size() >= 3; }));
  EXPECT_EQ(server.command({"CONFIG", "SET", "requirepass", "later"}), "OK");
  server.password = "later";
  ASSERT_TRUE(redis.wait_up());
}

TEST(RedisAccess, UsesAnAclUserWithItsOwnKeysAndChannels) {
  RedisServer server({"user node on >s3cret ~signaling:* &signaling:* +@all -@admin -@dangerous +info"});
  server.start();
  TestBackend redis(options_for({"redis://node:s3cret@" + server.address()}));
  ASSERT_TRUE(redis.wait_up());
  EXPECT_EQ(redis.command(0, {"SET", "signaling:a", "1"}).text, "OK");
  EXPECT_THAT(redis.command(0, {"SET", "other", "1"}).text, HasSubstr("NOPERM"));
  EXPECT_EQ(redis.subscribe(0, "signaling:news").outcome, Outcome::ok);
  const auto refused = redis.subscribe(0, "other");
  EXPECT_EQ(refused.outcome, Outcome::server);
  EXPECT_THAT(refused.text, HasSubstr("NOPERM"));
  EXPECT_EQ(redis.publish(0, "signaling:news", "x").integer, 1);
}

TEST(RedisAccess, NeedsInfo) {
  RedisServer server({"user node on >s3cret ~* &* +@all -info"});
  server.start();
  EXPECT_THAT(first_refusal(options_for({"redis://node:s3cret@" + server.address()})), HasSubstr("INFO"));
}

TEST(RedisAccess, SelectsTheDatabase) {
  RedisServer server;
  server.start();
  TestBackend redis(options_for({server.url() + "/3"}));
  expect_working(redis);
  EXPECT_EQ(server.command({"EXISTS", "a"}), "0");
  EXPECT_THAT(first_refusal(options_for({server.url() + "/99"})), HasSubstr("database 99"));
}

TEST(RedisAccess, UsesAUnixSocket) {
  RedisServer server;
  server.start();
  TestBackend redis(options_for({"unix://" + server.socket_path().string() + "?db=2"}));
  expect_working(redis);
  server.kill();
  ASSERT_TRUE(redis.wait_down());
  server.start();
  EXPECT_TRUE(redis.wait_up());
}

TEST(RedisAccess, LooksNamesUp) {
  RedisServer server;
  server.start();
  TestBackend redis(options_for({"redis://localhost:" + std::to_string(server.port())}));
  expect_working(redis);
}

TEST(RedisAccess, SaysWhichNameIsNotFound) {
  EXPECT_THAT(first_failure(options_for({"redis://no-such-host.invalid"})), HasSubstr("no-such-host.invalid"));
}

TEST(RedisAccess, GivesUpOnAServerThatTakesConnectionsAndSaysNothing) {
  RedisServer server;
  server.start();
  server.pause();
  auto options = options_for({server.url()});
  options.connect_timeout = 200ms;
  EXPECT_THAT(first_failure(options), HasSubstr("not connected within 200 ms"));
}

TEST(RedisAccess, RefusesAClusterNodeAsASingleServer) {
  RedisServer server({"cluster-enabled yes"});
  server.start();
  EXPECT_THAT(first_refusal(options_for({server.url()})), HasSubstr("topology = \"cluster\" is needed"));
}

TEST(RedisAccess, WaitsForAReplicaToBecomeAMaster) {
  RedisServer master;
  master.start();
  RedisServer replica({"replicaof 127.0.0.1 " + std::to_string(master.port())});
  replica.start();
  TestBackend redis(options_for({replica.url()}));
  ASSERT_TRUE(redis.run_until([&] { return redis->stats().connect_failures >= 3; }));
  EXPECT_TRUE(redis.events.empty());
  replica.command({"REPLICAOF", "NO", "ONE"});
  EXPECT_TRUE(redis.wait_up());
  // And back: READONLY shows it, or the server ends the connections.
  replica.command({"REPLICAOF", "127.0.0.1", std::to_string(master.port())});
  const auto told = redis.command(0, {"SET", "a", "b"}, 300ms);
  EXPECT_TRUE(told.outcome == Outcome::away || told.outcome == Outcome::lost) << told;
  EXPECT_TRUE(redis.wait_down());
}

class TlsServer : public ::testing::Test {
 protected:
  explicit TlsServer(const std::string& auth_clients = "no")
      : port(test::free_port()),
        server({"tls-port " + std::to_string(port), "tls-cert-file " + certificates.server_cert(),
                "tls-key-file " + certificates.server_key(), "tls-ca-cert-file " + certificates.ca(),
                "tls-auth-clients " + auth_clients}) {
    server.start();
  }
  BackendOptions options(const std::string& host = "127.0.0.1") const {
    auto options = options_for({"rediss://" + host + ":" + std::to_string(port)});
    options.tls.ca_file = certificates.ca();
    return options;
  }
  TestCertificates certificates;
  std::uint16_t port;
  RedisServer server;
};

TEST_F(TlsServer, IsVerified) {
  for (const std::string host : {"127.0.0.1", "localhost"}) {
    TestBackend redis(options(host));
    expect_working(redis);
  }
}

TEST_F(TlsServer, IsNotTrustedWithoutItsAuthority) {
  auto wrong = options();
  wrong.tls.ca_file = certificates.other_ca();
  EXPECT_THAT(first_failure(wrong), HasSubstr("certificate"));
  wrong.tls.ca_file.clear();  // the system's do not know it
  EXPECT_THAT(first_failure(wrong), HasSubstr("certificate"));
}

TEST_F(TlsServer, IsNotTrustedUnderAnotherName) {
  auto wrong = options();
  wrong.tls.server_name = "redis.example";
  EXPECT_THAT(first_failure(wrong), HasSubstr("certificate"));
  wrong.tls.verify = false;
  TestBackend redis(wrong);
  expect_working(redis);
}

TEST_F(TlsServer, ComesBack) {
  TestBackend redis(options());
  ASSERT_TRUE(redis.wait_up());
  server.kill();
  ASSERT_TRUE(redis.wait_down());
  server.start();
  ASSERT_TRUE(redis.wait_up());
}

class TlsServerThatAsksClients : public TlsServer {
 protected:
  TlsServerThatAsksClients() : TlsServer("yes") {}
};

TEST_F(TlsServerThatAsksClients, IsShownACertificate) {
  auto with = options();
  with.tls.cert_file = certificates.client_cert();
  with.tls.key_file = certificates.client_key();
  TestBackend redis(with);
  expect_working(redis);
  first_failure(options());
}

TEST_F(TlsServer, NamesTheFileThatCannotBeRead) {
  auto wrong = options();
  wrong.tls.ca_file = "/no/such/file";
  boost::asio::io_context io;
  try {
    TestBackend redis(wrong);
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), HasSubstr("tls_ca_file: /no/such/file"));
  }
}

}  // namespace
}  // namespace signaling::redis_adapter
