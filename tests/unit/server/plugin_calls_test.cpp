// Calls of the admin listener to a plugin, from one loop to the other and back.
#include <sstream>
#include <stdexcept>
#include <support/fake_exchange.hpp>
#include <support/fake_loop.hpp>

#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>

#include <signaling/server/plugin_calls.hpp>
#include <signaling/server/plugin_host.hpp>

namespace signaling::server {
namespace {

using namespace std::chrono_literals;

class RecordingHandler final : public plugin_api::AdminHandler {
 public:
  void on_admin_call(const plugin_api::AdminRequest& request, plugin_api::AdminReply& reply) override {
    seen.push_back(std::string(request.path) + "|" + std::string(request.query) + "|" + std::string(request.body));
    if (throws) throw std::runtime_error("not today");
    if (keeps) {
      kept = &reply;
    } else {
      reply.answer(status, "{\"a\":1}");
    }
  }
  std::vector<std::string> seen;
  plugin_api::AdminReply* kept = nullptr;
  bool keeps = false;
  bool throws = false;
  unsigned status = 201;
};

class PluginCallsTest : public ::testing::Test {
 protected:
  PluginCallsTest() {
    hooks.add_plugin("auth", log);
    services.loops = {&loop};
    services.metrics = &metrics;
    services.hooks = &hooks;
    services.calls = calls;
    calls->set_loop(&admin);
    host = std::make_unique<PluginHost>(services, "auth", 0, log);
    static_cast<plugin_api::AdminCalls*>(host->query(plugin_api::admin_calls_interface))->serve(handler);
  }
  ~PluginCallsTest() override { calls->set_loop(nullptr); }

  test::FakeExchange& call(std::string_view rest) {
    auto& exchange =
        *exchanges.emplace_back(std::make_unique<test::FakeExchange>("POST", "/plugins/" + std::string(rest), "the body"));
    calls->call(exchange, exchange.request().path.substr(9));
    return exchange;
  }
  void run() {
    loop.run();
    admin.run();
  }

  std::vector<std::unique_ptr<test::FakeExchange>> exchanges;
  test::FakeLoop admin{0};
  test::FakeLoop loop{0};
  std::ostringstream stream;
  std::shared_ptr<spdlog::logger> log =
      std::make_shared<spdlog::logger>("p", std::make_shared<spdlog::sinks::ostream_sink_mt>(stream));
  PluginMetrics metrics;
  PluginHooks hooks{1};
  std::shared_ptr<PluginCalls> calls = std::make_shared<PluginCalls>(&hooks);
  PluginServices services;
  RecordingHandler handler;
  std::unique_ptr<PluginHost> host;
};

TEST_F(PluginCallsTest, GoToThePluginAndBack) {
  auto& exchange = call("auth/revoke/all?x=1");
  EXPECT_TRUE(exchange.is_pending());
  run();
  EXPECT_EQ(handler.seen, std::vector<std::string>{"revoke/all|x=1|the body"});
  EXPECT_EQ(exchange.status(), 201U);
  EXPECT_EQ(exchange.body(), "{\"a\":1}");
  EXPECT_EQ(exchange.reply().content_type, "application/json");
  call("auth");
  run();
  EXPECT_EQ(handler.seen.back(), "||the body");
}

TEST_F(PluginCallsTest, ToNobodyAreAnswered404) {
  EXPECT_EQ(call("other/x").status(), 404U);
  EXPECT_EQ(call("").status(), 404U);
  host.reset();
  EXPECT_EQ(call("auth/x").status(), 404U);
}

TEST_F(PluginCallsTest, MayBeAnsweredLater) {
  handler.keeps = true;
  auto& exchange = call("auth/x");
  run();
  EXPECT_TRUE(exchange.is_pending());
  handler.kept->answer(200, "{}");
  admin.run();
  EXPECT_EQ(exchange.status(), 200U);
}

TEST_F(PluginCallsTest, AreAnswered504WhereThePluginIsLate) {
  handler.keeps = true;
  auto& exchange = call("auth/x");
  run();
  admin.advance(10s - 1ms);
  EXPECT_TRUE(exchange.is_pending());
  admin.advance(1ms);
  EXPECT_EQ(exchange.status(), 504U);
  EXPECT_NE(stream.str().find("(never_completed): no answer to a call of the admin listener in time"), std::string::npos);
  handler.kept->answer(200, "{}");  // nobody hears it
  admin.run();
}

TEST_F(PluginCallsTest, TellsOfASecondAnswer) {
  handler.keeps = true;
  auto& exchange = call("auth/x");
  run();
  handler.kept->answer(200, "{}");
  handler.kept->answer(500, "{}");
  admin.run();
  EXPECT_EQ(exchange.status(), 200U);
  EXPECT_NE(stream.str().find("(completed_twice)"), std::string::npos);
}

TEST_F(PluginCallsTest, OfCallersThatWentAwayHurtNobody) {
  handler.keeps = true;
  auto& exchange = call("auth/x");
  run();
  exchange.lose();
  handler.kept->answer(200, "{}");
  admin.run();
  admin.advance(20s);
}

TEST_F(PluginCallsTest, AreAnswered503WhereThePluginRunsNoMore) {
  auto& exchange = call("auth/x");
  host->close();
  run();
  EXPECT_EQ(exchange.status(), 503U);
  EXPECT_TRUE(handler.seen.empty());
}

TEST_F(PluginCallsTest, KeepAPluginsExceptionFromGoingFurther) {
  handler.throws = true;
  auto& exchange = call("auth/x");
  run();
  EXPECT_NE(stream.str().find("not today"), std::string::npos);
  EXPECT_EQ(exchange.status(), 500U);
}

TEST_F(PluginCallsTest, AreBounded) {
  handler.keeps = true;
  for (std::size_t i = 0; i < PluginCalls::max_waiting; ++i) call("auth/x");
  EXPECT_EQ(call("auth/x").status(), 503U);
  admin.advance(10s);
  for (std::size_t i = 0; i < PluginCalls::max_waiting; ++i) EXPECT_EQ(exchanges[i]->status(), 504U);
  EXPECT_TRUE(call("auth/x").is_pending());
}

TEST_F(PluginCallsTest, TakeNoStatusThatIsNone) {
  handler.status = 99;
  auto& exchange = call("auth/x");
  run();
  EXPECT_EQ(exchange.status(), 500U);
}

TEST_F(PluginCallsTest, OutliveTheListener) {
  handler.keeps = true;
  auto& exchange = call("auth/x");
  run();
  calls->set_loop(nullptr);
  handler.kept->answer(200, "{}");
  EXPECT_TRUE(exchange.is_pending());
}

}  // namespace
}  // namespace signaling::server
