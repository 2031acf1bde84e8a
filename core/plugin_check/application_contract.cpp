// What a server demands of applications.

#include <set>

#include "contract_fixture.hpp"
#include "odd_input.hpp"

namespace signaling::plugin_check {
namespace {

using testing::FakeSocket;

class Claims final : public plugin_api::NamespaceClaims {
 public:
  void claim(std::string_view name) override { names.emplace_back(name); }
  std::vector<std::string> names;
};

class ApplicationContract : public ContractFixture {
 protected:
  void SetUp() override {
    ASSERT_NO_FATAL_FAILURE(ContractFixture::SetUp());
    ASSERT_TRUE(call("claim_namespaces", [&] { life_.application().claim_namespaces(claims_); }));
    node().run(life_.application());
  }
  /// A namespace that it serves.
  std::string space() const {
    if (claims_.names.empty()) return "/";
    std::string name = claims_.names.front();
    if (const std::size_t star = name.find('*'); star != name.npos) name.replace(star, 1, "a");
    return name;
  }
  FakeSocket* connect(testing::FakeHandshake handshake = {}) {
    FakeSocket* socket = nullptr;
    call("on_connect", [&] { socket = &node().connect(std::move(handshake), space()); });
    return socket;
  }

  Claims claims_;
};

TEST_F(ApplicationContract, ClaimsNamespacesThatThereCanBe) {
  EXPECT_FALSE(claims_.names.empty()) << "it claims no namespace, and will never see a client";
  std::set<std::string> seen;
  for (const std::string& name : claims_.names) {
    EXPECT_TRUE(name.starts_with('/') && name.size() <= 256) << "\"" << name << "\" is no name of a namespace";
    for (const char c : name)
      EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20 && c != ',' && c != '?') << "in \"" << name << "\"";
    EXPECT_TRUE(seen.insert(name).second) << name << " is claimed twice";
  }
}

TEST_F(ApplicationContract, TakesClientsThatComeAndGo) {
  for (int i = 0; i < 100; ++i) {
    FakeSocket* const socket = connect();
    ASSERT_NE(socket, nullptr);
    ASSERT_TRUE(call("on_disconnect", [&] { socket->drop_connection(i % 2 == 0 ? "transport close" : "ping timeout"); }));
  }
}

TEST_F(ApplicationContract, TakesClientsThatSayOddThings) {
  for (const std::string& auth : odd_auths()) {
    testing::FakeHandshake handshake;
    handshake.auth_json = auth;
    handshake.client_address = "2001:db8::1";
    handshake.request_target = "/socket.io/?" + std::string(4'000, 'q');
    handshake.headers["Authorization"] = std::string(8'000, 'h');
    EXPECT_NE(connect(handshake), nullptr) << "auth " << shortened(auth);
  }
}

TEST_F(ApplicationContract, TakesEventsOfAnyKind) {
  for (const OddEvent& event : odd_events(odd_names(PluginUnderTest::get().events))) {
    // Each from a client of its own: it may be disconnected for what it says.
    FakeSocket* const socket = connect();
    ASSERT_NE(socket, nullptr);
    call(event.what, [&] { socket->send_without_ack(event.name, event.args, event.attachments); });
    call(event.what, [&] { host().run_posted(); });
  }
}

TEST_F(ApplicationContract, AnswersAnEventOnceAtMost) {
  for (const OddEvent& event : odd_events(odd_names(PluginUnderTest::get().events))) {
    FakeSocket* const socket = connect();
    ASSERT_NE(socket, nullptr);
    std::uint64_t number = 0;
    if (!call(event.what, [&] { number = socket->send(event.name, event.args, event.attachments); })) continue;
    call(event.what, [&] {
      life_.cluster().run();
      host().run_posted();
      host().advance(60'000);
    });
    call(event.what, [&] { socket->ack_text(number); });  // throws where it came twice
  }
}

TEST_F(ApplicationContract, HasNoUseForASocketThatIsGone) {
  for (const std::string& name : odd_names(PluginUnderTest::get().events)) {
    FakeSocket* const socket = connect();
    ASSERT_NE(socket, nullptr);
    if (!call("event \"" + name + "\"", [&] { socket->send(name, "{}"); })) continue;
    if (!call("on_disconnect", [&] { socket->drop_connection(); })) continue;
    call("after a disconnect", [&] {
      life_.cluster().run();
      host().run_posted();
      host().advance(60'000);
    });
    EXPECT_EQ(socket->uses_after_leaving(), 0u)
        << "after event \"" << name << "\": a socket is used after its on_disconnect, when it is no longer there";
  }
}

TEST_F(ApplicationContract, BearsAcknowledgementsThatDoNotCome) {
  FakeSocket* const answering = connect();
  FakeSocket* const silent = connect();
  ASSERT_TRUE(answering != nullptr && silent != nullptr);
  for (const std::string& name : odd_names(PluginUnderTest::get().events)) {
    call("event \"" + name + "\"", [&] {
      answering->send(name, "{}");
      silent->send(name, "{}");
    });
    for (const testing::Received& what : std::vector(answering->received)) {
      if (what.wants_ack) call("an odd acknowledgement", [&] { answering->answer(*what.wants_ack, "[null,{},\"x\"]"); });
    }
    call("acknowledgements that time out", [&] { host().advance(3'600'000); });
  }
}

TEST_F(ApplicationContract, TakesChangesOfRoomsItNeverHad) {
  using plugin_api::MemberChange;
  const std::string long_text(10'000, 'm');
  // None that joined: its value is what this plugin wrote on another node, of which nothing is known here.
  const MemberChange changes[] = {{MemberChange::Kind::left, "nobody", "", 2},
                                  {MemberChange::Kind::lost, "", "", 0},
                                  {MemberChange::Kind::lost, long_text, "", ~std::uint64_t{0}}};
  for (const std::string_view room : {std::string_view("no such room"), std::string_view(), std::string_view(long_text)}) {
    call("on_members_changed", [&] { life_.application().on_members_changed(room, changes); });
    call("on_members_changed", [&] { life_.application().on_members_changed(room, {}); });
  }
}

TEST_F(ApplicationContract, TakesEventsOfOtherNodes) {
  class Reply final : public plugin_api::ServerReply {
   public:
    bool wanted() const override { return true; }
    void answer(const plugin_api::Payload& args) override { testing::receive(args); }
    plugin_api::ServerReply& defer() override { return *this; }
  };
  Reply reply;
  for (const OddEvent& odd : odd_events(odd_names({}))) {
    const std::string text = "[\"x\"" + (odd.args.empty() ? "" : "," + odd.args) + "]";
    plugin_api::Event event;
    event.name = odd.name;
    event.text = text;
    event.args = odd.args;
    std::vector<plugin_api::Bytes> bytes;
    for (const std::string& part : odd.attachments) bytes.push_back(std::as_bytes(std::span(part.data(), part.size())));
    event.attachments = bytes;
    call("on_server_event: " + odd.what, [&] { life_.application().on_server_event(space(), "another", event, reply); });
  }
  call("what that left to do", [&] { host().run_posted(); });
}

}  // namespace
}  // namespace signaling::plugin_check
