#include <support/fake_exchange.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signaling/server/admin_service.hpp>

namespace signaling::server {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class RecordedCommands final : public AdminCommands {
 public:
  void drain() override { ++drains; }
  void reload() override { ++reloads; }
  int drains = 0;
  int reloads = 0;
};

class AdminServiceTest : public ::testing::Test {
 protected:
  engine::HttpReply get(std::string_view path, std::string_view method = "GET", std::string_view address = "127.0.0.1",
                        test::FakeExchange::Headers headers = {}) {
    test::FakeExchange exchange(method, path, {}, std::move(headers));
    exchange.editable_request().remote_address = address;
    service_.handle(exchange);
    return exchange.reply();
  }
  Readiness readiness_;
  MetricsRegistry metrics_;
  RecordedCommands commands_;
  AdminService service_{"node \"1\"", "1.2.3", readiness_, metrics_, commands_};

  std::unique_ptr<test::FakeExchange> post(std::string_view path, std::string_view address = "127.0.0.1") {
    auto exchange = std::make_unique<test::FakeExchange>("POST", path);
    exchange->editable_request().remote_address = address;
    service_.handle(*exchange);
    return exchange;
  }
};

TEST_F(AdminServiceTest, IsAliveInEveryPhase) {
  EXPECT_EQ(get("/healthz").status, 200u);
  EXPECT_EQ(get("/healthz").body, "{\"status\":\"alive\",\"node\":\"node \\\"1\\\"\",\"version\":\"1.2.3\"}\n");
  readiness_.set_phase(Readiness::Phase::draining);
  EXPECT_EQ(get("/healthz").status, 200u);
}

TEST_F(AdminServiceTest, IsReadyOnlyWithoutReasonsAgainst) {
  EXPECT_EQ(get("/readyz").status, 503u);
  EXPECT_EQ(get("/readyz").body,
            "{\"status\":\"unavailable\",\"node\":\"node \\\"1\\\"\",\"version\":\"1.2.3\",\"reasons\":[\"starting\"]}\n");
  readiness_.set_phase(Readiness::Phase::ready);
  EXPECT_EQ(get("/readyz").status, 200u);
  EXPECT_EQ(get("/readyz").content_type, "application/json");
  EXPECT_EQ(get("/readyz").body, "{\"status\":\"ready\",\"node\":\"node \\\"1\\\"\",\"version\":\"1.2.3\"}\n");
}

TEST_F(AdminServiceTest, IsReadyButDegradedWhileAPluginIsNotWell) {
  readiness_.set_phase(Readiness::Phase::ready);
  std::string health = "connection refused";
  readiness_.add_check([&health](std::vector<std::string>& reasons) {
    if (!health.empty()) reasons.push_back("plugin redis_adapter: " + health);
  });
  EXPECT_EQ(get("/readyz").status, 200u);
  EXPECT_EQ(get("/readyz").body,
            "{\"status\":\"degraded\",\"node\":\"node \\\"1\\\"\",\"version\":\"1.2.3\","
            "\"reasons\":[\"plugin redis_adapter: connection refused\"]}\n");
  readiness_.set_ready_when_degraded(false);
  EXPECT_EQ(get("/readyz").status, 503u);
  EXPECT_EQ(readiness_.report().status, Readiness::Status::unavailable);
  health.clear();
  EXPECT_EQ(get("/readyz").status, 200u);
  EXPECT_THAT(readiness_.report().reasons, IsEmpty());
}

TEST_F(AdminServiceTest, TellsTheReasonsOfPluginsAfterThePhase) {
  readiness_.set_phase(Readiness::Phase::draining);
  readiness_.add_check([](std::vector<std::string>& reasons) { reasons.emplace_back("plugin x: ill"); });
  EXPECT_EQ(get("/readyz").status, 503u);
  EXPECT_THAT(readiness_.report().reasons, ElementsAre("draining", "plugin x: ill"));
  readiness_.clear_checks();
  EXPECT_THAT(readiness_.report().reasons, ElementsAre("draining"));
}

TEST_F(AdminServiceTest, DrainsForCallersThatMayCommand) {
  EXPECT_EQ(post("/drain")->reply().status, 202u);
  EXPECT_EQ(commands_.drains, 1);
  const auto refused = post("/drain", "10.0.0.1");
  EXPECT_EQ(refused->reply().status, 403u);
  EXPECT_NE(refused->reply().body.find("admin.token"), std::string::npos);
  EXPECT_EQ(get("/drain").status, 405u);
  EXPECT_EQ(commands_.drains, 1);
}

TEST_F(AdminServiceTest, LetsOnlyThoseCallPluginsThatMayCommand) {
  EXPECT_EQ(post("/plugins/auth/x")->reply().status, 404u);  // nobody serves it
  EXPECT_EQ(post("/plugins/auth/x", "10.0.0.1")->reply().status, 403u);
  EXPECT_EQ(get("/plugins/auth/x").status, 405u);
}

TEST_F(AdminServiceTest, AnswersEachReloadWithTheReportThatCameAfterIt) {
  const auto first = post("/reload");
  EXPECT_TRUE(first->is_pending());
  EXPECT_EQ(commands_.reloads, 1);
  const std::uint64_t up_to = service_.last_reload_call();
  const auto second = post("/reload");  // while the first is being done: the file may have changed meanwhile
  service_.answer_reloads(up_to, 200, "{}\n");
  EXPECT_EQ(first->reply().status, 200u);
  EXPECT_EQ(first->reply().body, "{}\n");
  EXPECT_TRUE(second->is_pending());
  service_.answer_reloads(service_.last_reload_call(), 422, "{\"problems\":[]}\n");
  EXPECT_EQ(second->reply().status, 422u);
  EXPECT_EQ(post("/reload", "10.0.0.1")->reply().status, 403u);
}

TEST_F(AdminServiceTest, ForgetsACallerThatWentAway) {
  const auto gone = post("/reload");
  gone->lose();
  service_.answer_reloads(service_.last_reload_call(), 200, "{}\n");
  EXPECT_FALSE(gone->is_answered());
}

TEST_F(AdminServiceTest, BoundsTheCallersThatWait) {
  std::vector<std::unique_ptr<test::FakeExchange>> calls;
  for (std::size_t i = 0; i < AdminService::max_waiting; ++i) calls.push_back(post("/reload"));
  EXPECT_EQ(post("/reload")->reply().status, 503u);
  service_.answer_reloads(service_.last_reload_call(), 200, "{}\n");
  for (const auto& call : calls) EXPECT_EQ(call->reply().status, 200u);
}

TEST_F(AdminServiceTest, ServesMetrics) {
  metrics_.add([](MetricsPage& page) { page.gauge("signaling_x", "X.", 1); });
  const engine::HttpReply reply = get("/metrics");
  EXPECT_EQ(reply.status, 200u);
  EXPECT_EQ(reply.content_type, "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_NE(reply.body.find("signaling_x 1\n"), std::string::npos);
}

TEST_F(AdminServiceTest, ServesMetricsToOthersWithTheTokenAlone) {
  const std::string_view elsewhere = "10.0.0.1";
  const test::FakeExchange::Headers bearer{{"Authorization", "Bearer 0123456789abcdef"}};
  EXPECT_EQ(get("/metrics", "GET", elsewhere, bearer).status, 401u) << "nobody has the token where there is none";
  service_.set_token("0123456789abcdef");
  EXPECT_EQ(get("/metrics", "GET", elsewhere).status, 401u);
  EXPECT_EQ(get("/metrics", "HEAD", elsewhere).status, 401u);
  EXPECT_EQ(get("/metrics", "GET", elsewhere, {{"Authorization", "Bearer 0123456789abcdeg"}}).status, 401u);
  EXPECT_EQ(get("/metrics", "GET", elsewhere, bearer).status, 200u);
  EXPECT_EQ(get("/metrics").status, 200u);
  for (const char* path : {"/healthz", "/readyz"}) EXPECT_NE(get(path, "GET", elsewhere).status, 401u) << path;
  service_.set_public_metrics(true);
  EXPECT_EQ(get("/metrics", "GET", elsewhere).status, 200u);
  EXPECT_EQ(post("/drain", elsewhere)->reply().status, 403u) << "readable is all it is then";
}

TEST_F(AdminServiceTest, RefusesEverythingElse) {
  EXPECT_EQ(get("/").status, 404u);
  EXPECT_EQ(get("/metrics/x").status, 404u);
  EXPECT_EQ(get("/metrics", "POST").status, 405u);
}

}  // namespace
}  // namespace signaling::server
