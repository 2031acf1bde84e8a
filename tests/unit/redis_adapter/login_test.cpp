#include "redis_adapter/login.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "redis_adapter/command_text.hpp"
#include "reply_of.hpp"

namespace signaling::redis_adapter {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// Feeds replies until the login is over; `waiting` where it never is.
Login::State feed_all(Login& login, std::initializer_list<std::string> replies) {
  auto state = Login::State::waiting;
  for (const auto& bytes : replies)
    if (state = login.feed(*reply_of(bytes)); state != Login::State::waiting) break;
  return state;
}

std::string bulk(const std::string& text) { return "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n"; }
std::string server_info(const std::string& version, const std::string& mode = "standalone") {
  return bulk("# Server\r\nredis_version:" + version + "\r\nredis_mode:" + mode + "\r\nrun_id:abc\r\n");
}
const std::string master_info = bulk("# Replication\r\nrole:master\r\nmaster_replid:r1\r\nmaster_replid2:r0\r\n");
const std::string replica_info = bulk("# Replication\r\nrole:slave\r\n");

TEST(Login, AsksWhatIsNeededAndNoMore) {
  BackendOptions options;
  EXPECT_EQ(Login(options, Purpose::commands).commands(), command_text({"CLIENT", "SETNAME", "signaling"}) +
                                                              command_text({"INFO", "server"}) +
                                                              command_text({"INFO", "replication"}) + command_text({"PING"}));
  options.credentials = {"node", "s3cret"};
  options.database = 3;
  EXPECT_THAT(Login(options, Purpose::subscriptions).commands(),
              HasSubstr(command_text({"AUTH", "node", "s3cret"}) + command_text({"SELECT", "3"}) +
                        command_text({"CLIENT", "SETNAME", "signaling:sub"})));
  EXPECT_EQ(Login(options, Purpose::sentinel).commands(),
            command_text({"CLIENT", "SETNAME", "signaling"}) + command_text({"PING"}));
}

TEST(Login, LearnsAboutTheServer) {
  const BackendOptions options;
  Login login(options, Purpose::commands);
  EXPECT_EQ(feed_all(login, {"+OK\r\n", server_info("7.0.15"), master_info, "+PONG\r\n"}), Login::State::done);
  EXPECT_EQ(login.info().run_id, "abc");
  EXPECT_EQ(login.info().version, "7.0.15");
  EXPECT_EQ(login.info().replication_id, "r1");
  EXPECT_EQ(login.info().former_replication_id, "r0");
}

TEST(Login, NeverRepeatsThePassword) {
  BackendOptions options;
  options.credentials = {"", "s3cret"};
  for (const std::string answer : {"-WRONGPASS invalid s3cret\r\n", "-ERR AUTH s3cret called without any password\r\n"}) {
    Login login(options, Purpose::commands);
    EXPECT_EQ(feed_all(login, {answer}), Login::State::refused);
    EXPECT_THAT(login.problem(), HasSubstr("password"));
    EXPECT_THAT(login.problem(), Not(HasSubstr("s3cret")));
  }
}

TEST(Login, DoesWithoutAName) {
  const BackendOptions options;
  Login login(options, Purpose::commands);
  EXPECT_EQ(feed_all(login, {"-NOPERM no\r\n", server_info("6.2.0"), master_info, "+PONG\r\n"}), Login::State::done);
}

TEST(Login, SaysWhatAServerSaysThatTakesNoMoreClients) {
  const BackendOptions options;
  Login full(options, Purpose::commands);
  EXPECT_EQ(feed_all(full, {"-ERR max number of clients reached\r\n"}), Login::State::failed);
  EXPECT_THAT(full.problem(), HasSubstr("max number of clients"));
  Login denied(options, Purpose::commands);
  EXPECT_EQ(feed_all(denied, {"-DENIED Redis is running in protected mode\r\n"}), Login::State::refused);
}

TEST(Login, WaitsForAServerThatLoads) {
  const BackendOptions options;
  Login login(options, Purpose::commands);
  EXPECT_EQ(feed_all(login, {"+OK\r\n", server_info("7.0.15"), master_info, "-LOADING Redis is loading\r\n"}),
            Login::State::failed);
}

TEST(Login, WaitsForAReplicaToBecomeAMasterUnlessAnyNodeWillDo) {
  BackendOptions options;
  Login login(options, Purpose::commands);
  EXPECT_EQ(feed_all(login, {"+OK\r\n", server_info("7.0.15"), replica_info, "+PONG\r\n"}), Login::State::failed);
  options.topology = TopologyKind::cluster;
  Login discovery(options, Purpose::discovery);
  EXPECT_EQ(feed_all(discovery, {"+OK\r\n", server_info("7.0.15", "cluster"), replica_info, "+PONG\r\n"}), Login::State::done);
}

TEST(Login, KnowsAClusterOfValkeyByItsOwnName) {
  BackendOptions options;
  options.topology = TopologyKind::cluster;
  Login login(options, Purpose::commands);
  const std::string info =
      bulk("# Server\r\nredis_version:7.2.4\r\nvalkey_version:8.1.1\r\nserver_mode:cluster\r\nrun_id:abc\r\n");
  EXPECT_EQ(feed_all(login, {"+OK\r\n", info, master_info, "+PONG\r\n"}), Login::State::done);
}

TEST(Login, RefusesServersThatCannotBeUsed) {
  const auto problem_with = [](TopologyKind topology, const std::string& info) {
    BackendOptions options;
    options.topology = topology;
    Login login(options, Purpose::commands);
    EXPECT_EQ(feed_all(login, {"+OK\r\n", info, master_info, "+PONG\r\n"}), Login::State::refused);
    return login.problem();
  };
  EXPECT_THAT(problem_with(TopologyKind::single, server_info("6.0.16")), HasSubstr("6.2"));
  EXPECT_THAT(problem_with(TopologyKind::single, server_info("7.0.0", "cluster")), HasSubstr("topology"));
  EXPECT_THAT(problem_with(TopologyKind::cluster, server_info("7.0.0")), HasSubstr("no Redis Cluster node"));
  EXPECT_THAT(problem_with(TopologyKind::cluster, server_info("6.2.7", "cluster")), HasSubstr("7.0"));
  EXPECT_THAT(problem_with(TopologyKind::single, bulk("something else")), HasSubstr("INFO"));
}

}  // namespace
}  // namespace signaling::redis_adapter
