#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signaling/plugin_api/event_application.hpp>
#include <signaling/plugin_api/events.hpp>

#include "stub_socket.hpp"

namespace signaling::plugin_api {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Events, AreHandledByName) {
  std::vector<std::string> seen;
  Events events;
  events.on("a", [&](Socket&, const Event&) { seen.emplace_back("first a"); })
      .on("a", [&](Socket&, const Event& event) { seen.push_back("a " + std::string(event.args)); })
      .on("b", [&](Socket&, const Event&) { seen.emplace_back("b"); });
  StubSocket socket;
  EXPECT_TRUE(events.dispatch(socket, make_event("a", "1,2")));
  EXPECT_TRUE(events.dispatch(socket, make_event("b", "")));
  EXPECT_FALSE(events.dispatch(socket, make_event("c", "")));
  EXPECT_THAT(seen, ElementsAre("a 1,2", "b"));
}

TEST(Events, WithoutAHandlerGoToTheCatchAll) {
  std::vector<std::string> seen;
  Events events;
  events.on("a", [](Socket&, const Event&) {}).otherwise([&](Socket&, const Event& event) { seen.emplace_back(event.name); });
  StubSocket socket;
  EXPECT_TRUE(events.dispatch(socket, make_event("a", "")));
  EXPECT_TRUE(events.dispatch(socket, make_event("b", "")));
  EXPECT_THAT(seen, ElementsAre("b"));
}

TEST(Events, GiveTheirArgumentsByType) {
  std::vector<std::string> seen;
  Events events;
  events.on<std::string, std::optional<std::int64_t>>(
      "move", [&](Socket& socket, const Event& event, std::string room, std::optional<std::int64_t> steps) {
        seen.push_back(room + " " + std::to_string(steps.value_or(-1)));
        reply_ok(socket, event);
      });
  StubSocket socket;
  EXPECT_TRUE(events.dispatch(socket, make_event("move", R"("a",4)")));
  EXPECT_TRUE(events.dispatch(socket, make_event("move", R"("b")")));
  EXPECT_TRUE(events.dispatch(socket, make_event("move", "7")));
  EXPECT_THAT(seen, ElementsAre("a 4", "b -1"));
  EXPECT_THAT(socket.replies, ElementsAre(R"(7: [{"ok":true}])", R"(7: [{"ok":true}])",
                                          R"(7: [{"ok":false,"error":{"code":"invalid","message":"wrong arguments"}}])"));
}

class Application final : public EventApplication {
 public:
  Application() {
    of("/chat").on("say", note("chat say")).on_connect([this](Socket&) { seen.emplace_back("chat connect"); });
    of("/room-*").on("say", note("room say")).on_disconnect([this](Socket&, std::string_view reason) {
      seen.push_back("room " + std::string(reason));
    });
    of("/room-7").otherwise(note("room 7"));
    of("/chat").on("ask", note("chat ask"));
  }
  std::vector<std::string> seen;

 private:
  Events::Handler note(std::string text) {
    return [this, text = std::move(text)](Socket&, const Event&) { seen.push_back(text); };
  }
};

class Claims final : public NamespaceClaims {
 public:
  void claim(std::string_view name) override { names.emplace_back(name); }
  std::vector<std::string> names;
};

TEST(EventApplication, ClaimsItsNamespaces) {
  Application application;
  Claims claims;
  application.claim_namespaces(claims);
  EXPECT_THAT(claims.names, ElementsAre("/chat", "/room-*", "/room-7"));
}

TEST(EventApplication, HandsEverythingToTheNamespaceThatItIsOf) {
  Application application;
  StubSocket chat("/chat");
  StubSocket room("/room-1");
  StubSocket seven("/room-7");
  StubSocket other("/other");
  for (StubSocket* socket : {&chat, &room, &seven, &other}) {
    application.on_connect(*socket);
    application.on_event(*socket, make_event("say", ""));
    application.on_event(*socket, make_event("ask", ""));
    application.on_disconnect(*socket, "transport close");
  }
  EXPECT_THAT(application.seen,
              ElementsAre("chat connect", "chat say", "chat ask", "room say", "room transport close", "room 7", "room 7"))
      << "the exact name goes before the pattern";
}

}  // namespace
}  // namespace signaling::plugin_api
