// What a server demands of middleware.

#include <deque>
#include <thread>

#include <signaling/protocol/json_text.hpp>

#include "contract_fixture.hpp"
#include "odd_input.hpp"

namespace signaling::plugin_check {
namespace {

using plugin_api::Middleware;
using testing::FakeSocket;
using testing::RecordedVerdict;

constexpr std::uint32_t all_hooks =
    plugin_api::hook_handshake | plugin_api::hook_connect | plugin_api::hook_event | plugin_api::hook_disconnect;

class MiddlewareContract : public ContractFixture {
 protected:
  void SetUp() override {
    ASSERT_NO_FATAL_FAILURE(ContractFixture::SetUp());
    ASSERT_TRUE(call("hooks", [&] { hooks_ = life_.middleware().hooks(); }));
    node().guard(life_.middleware());
  }
  bool has(std::uint32_t hook) const { return (hooks_ & hook) != 0; }

  /// Lets virtual time pass, and where the plugin's own threads work on it a little real time, until there is a verdict.
  void expect_decided(const std::string& what, const RecordedVerdict& verdict) {
    for (std::uint32_t ms = 0; !verdict.is_ended() && ms < 2 * RecordedVerdict::default_deadline_ms; ms += 10) {
      if (!call(what, [&] { host().run_posted(); }) || !call(what, [&] { host().advance(10); })) return;
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
    call(what, [&] { host().run_posted(); });
    EXPECT_FALSE(verdict.is_forgotten())
        << what << ": the hook returned with neither a verdict nor `defer`; the server refuses, and tells \"internal error\"";
    EXPECT_FALSE(verdict.is_timed_out()) << what << ": deferred, and no verdict within " << RecordedVerdict::default_deadline_ms
                                         << " ms (socketio.middleware_timeout)";
    if (verdict.is_forgotten() || verdict.is_timed_out()) return;
    EXPECT_TRUE(verdict.is_ended()) << what << ": no verdict";
    EXPECT_LE(verdict.calls(), 1u) << what << ": pass, refuse and disconnect were called " << verdict.calls()
                                   << " times; exactly one of them ends a verdict, after which the object is gone";
    const std::string data = verdict.data();
    EXPECT_TRUE(data.empty() || protocol::is_json(data, 64)) << what << ": data of the refusal is no JSON: " << shortened(data);
  }
  FakeSocket* connect(const std::string& what, testing::FakeHandshake handshake = {}, const std::string& space = "/") {
    FakeSocket* socket = nullptr;
    if (!call(what, [&] { socket = &node().connect(std::move(handshake), space); })) return nullptr;
    if (has(plugin_api::hook_connect)) expect_decided(what, socket->verdict());
    return socket;
  }

  std::uint32_t hooks_ = 0;
  std::deque<RecordedVerdict> late_;
};

TEST_F(MiddlewareContract, DeclaresHooksThatThereAre) {
  const bool is_watching = host().http_requests().is_watched() || host().outgoing_events().is_watched();
  EXPECT_TRUE(hooks_ != 0 || is_watching) << "it has no hook, and will never be called";
  EXPECT_EQ(hooks_ & ~all_hooks, 0u) << "hooks that this version does not know";
  EXPECT_EQ(life_.middleware().hooks(), hooks_) << "asked twice";
}

TEST_F(MiddlewareContract, DecidesEveryHandshakeOnce) {
  if (!has(plugin_api::hook_handshake)) return;
  std::vector<std::pair<std::string, testing::FakeHandshake>> handshakes(8);
  handshakes[0].first = "an ordinary handshake";
  handshakes[1].first = "an IPv6 address";
  handshakes[1].second.client_address = "2001:db8:0:0:8000::1";
  handshakes[2].first = "a mapped address";
  handshakes[2].second.client_address = "::ffff:192.0.2.1";
  handshakes[3].first = "an empty address";
  handshakes[3].second.client_address = "";
  handshakes[4].first = "a huge request target";
  handshakes[4].second.request_target = "/socket.io/?" + std::string(8'000, 'q');
  handshakes[5].first = "huge headers";
  for (const char* name : {"Authorization", "Cookie", "Origin", "User-Agent", "Host", "X-Forwarded-For"})
    handshakes[5].second.headers[name] = std::string(8'000, 'h');
  handshakes[6].first = "headers of other bytes";
  for (const char* name : {"Authorization", "Cookie", "Origin"}) handshakes[6].second.headers[name] = "\xff\x01\"'=;,";
  handshakes[7].first = "secure and cross-origin";
  handshakes[7].second.is_secure = handshakes[7].second.is_cross_origin = true;
  for (const auto& each : handshakes) {
    RecordedVerdict* verdict = nullptr;
    if (call(each.first, [&] { verdict = &node().open(each.second); })) expect_decided(each.first, *verdict);
  }
}

TEST_F(MiddlewareContract, DecidesEveryConnectOnce) {
  for (const std::string& auth : odd_auths()) {
    for (const char* space : {"/", "/chat", "/a/very/odd one"}) {
      testing::FakeHandshake handshake;
      handshake.auth_json = auth;
      connect("CONNECT to " + std::string(space) + " with auth " + shortened(auth), handshake, space);
    }
  }
}

TEST_F(MiddlewareContract, DecidesEveryEventOnce) {
  if (!has(plugin_api::hook_event)) return;
  bool is_one_let_in = false;
  for (const OddEvent& event : odd_events(odd_names(PluginUnderTest::get().events))) {
    FakeSocket* const socket = connect("CONNECT");
    if (socket == nullptr) return;
    if (!socket->is_connected()) continue;
    is_one_let_in = true;
    if (!call(event.what, [&] { socket->send(event.name, event.args, event.attachments); })) continue;
    expect_decided(event.what, socket->verdict());
  }
  // It lets nobody in without credentials: its hook is asked all the same, as of a client that had them.
  if (is_one_let_in) return;
  for (const OddEvent& odd : odd_events(odd_names(PluginUnderTest::get().events))) {
    FakeSocket* const socket = connect("CONNECT");
    if (socket == nullptr) return;
    RecordedVerdict& verdict = late_.emplace_back(&host());
    call(odd.what, [&] { socket->show(odd.name, odd.args, odd.attachments, life_.middleware(), verdict); });
    expect_decided(odd.what, verdict);
  }
}

TEST_F(MiddlewareContract, KeepsAnEventsTextAnEvent) {
  if (!has(plugin_api::hook_event)) return;
  FakeSocket* const socket = connect("CONNECT");
  if (socket == nullptr || !socket->is_connected()) return;
  for (const std::string& name : odd_names(PluginUnderTest::get().events)) {
    call(name, [&] { socket->send(name, "{}"); });  // the fake node takes a replacement apart, and throws
    if (!socket->is_connected()) return;
  }
}

TEST_F(MiddlewareContract, TakesManyAtATime) {
  std::vector<FakeSocket*> sockets;
  for (int i = 0; i < 200; ++i) {
    call("CONNECT", [&] { sockets.push_back(&node().connect()); });
  }
  for (FakeSocket* socket : sockets) {
    if (has(plugin_api::hook_connect)) expect_decided("one of many", socket->verdict());
  }
  for (FakeSocket* socket : sockets) call("on_disconnect", [&] { socket->drop_connection(); });
}

TEST_F(MiddlewareContract, LetsGoOfSocketsInAnyOrder) {
  if (!has(plugin_api::hook_disconnect)) return;
  FakeSocket* const first = connect("CONNECT");
  FakeSocket* const second = connect("CONNECT");
  ASSERT_TRUE(first != nullptr && second != nullptr);
  call("on_disconnect", [&] { second->drop_connection("client namespace disconnect"); });
  call("on_disconnect", [&] { first->drop_connection("transport error"); });
  call("the time after", [&] { host().advance(3'600'000); });
}

TEST_F(MiddlewareContract, StopsWithVerdictsUnderWay) {
  for (int i = 0; i < 20; ++i) {
    call("CONNECT", [&] { node().connect(); });
  }
  // TearDown stops it.
}

}  // namespace
}  // namespace signaling::plugin_check
