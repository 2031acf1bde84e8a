#include "request_check.hpp"

#include <support/fake_exchange.hpp>

#include <gtest/gtest.h>

namespace signaling::engine {
namespace {

constexpr SessionTransport no_session = std::nullopt;
constexpr SessionTransport on_polling = TransportName::polling;
constexpr SessionTransport on_websocket = TransportName::websocket;

class RequestCheck : public ::testing::Test {
 protected:
  RequestVerdict check(std::string_view method, const std::string& query, SessionTransport session = no_session,
                       bool wants_websocket = false, const std::string& origin = {}) {
    test::FakeExchange exchange(method, "/engine.io/?" + query, {}, {{"Origin", origin}});
    exchange.editable_request().wants_websocket = wants_websocket;
    return check_request(exchange.request(), EngineQuery::parse(exchange.request()), options, session);
  }
  void expect_error(ErrorCode code, const RequestVerdict& verdict) {
    EXPECT_EQ(verdict.kind, RequestKind::error);
    EXPECT_EQ(verdict.error, code);
  }
  Options options;
};

TEST_F(RequestCheck, TellsHandshakesFromPollsAndPosts) {
  const RequestVerdict polling = check("GET", "EIO=4&transport=polling");
  EXPECT_EQ(polling.kind, RequestKind::handshake);
  EXPECT_EQ(polling.transport, TransportName::polling);
  const RequestVerdict websocket = check("GET", "EIO=4&transport=websocket", no_session, true);
  EXPECT_EQ(websocket.kind, RequestKind::handshake);
  EXPECT_EQ(websocket.transport, TransportName::websocket);
  EXPECT_EQ(check("GET", "EIO=4&transport=polling&sid=x", on_polling).kind, RequestKind::poll);
  EXPECT_EQ(check("POST", "EIO=4&transport=polling&sid=x", on_polling).kind, RequestKind::post);
  EXPECT_EQ(check("GET", "EIO=4&transport=websocket&sid=x", on_polling, true).kind, RequestKind::probe);
}

TEST_F(RequestCheck, RefusesUnknownTransportsFirst) {
  expect_error(ErrorCode::unknown_transport, check("GET", "EIO=4"));
  expect_error(ErrorCode::unknown_transport, check("GET", "EIO=4&transport=abc"));
  expect_error(ErrorCode::unknown_transport, check("GET", "EIO=4&transport=webtransport", no_session, true));
  // Before method, sid, version and origin.
  expect_error(ErrorCode::unknown_transport, check("POST", "EIO=3&transport=x&sid=y", no_session, false, "a\x01"));
}

TEST_F(RequestCheck, RefusesTransportsThatAreDisabled) {
  options.websocket = false;
  expect_error(ErrorCode::unknown_transport, check("GET", "EIO=4&transport=websocket", no_session, true));
  options.websocket = true;
  options.polling = false;
  expect_error(ErrorCode::unknown_transport, check("GET", "EIO=4&transport=polling"));
}

TEST_F(RequestCheck, RefusesControlCharactersInTheOrigin) {
  expect_error(ErrorCode::bad_request, check("GET", "EIO=4&transport=polling", no_session, false, "a\x01z"));
  expect_error(ErrorCode::bad_request, check("GET", "EIO=4&transport=polling", no_session, false, "a\x7F"));
  // Before the sid and the method.
  expect_error(ErrorCode::bad_request, check("GET", "EIO=4&transport=polling&sid=x", no_session, false, "\x1F"));
  expect_error(ErrorCode::bad_request, check("POST", "EIO=4&transport=polling", no_session, false, "\x1F"));
  EXPECT_EQ(check("GET", "EIO=4&transport=polling", no_session, false, "a\t b\xE9").kind, RequestKind::handshake);
}

TEST_F(RequestCheck, RefusesForeignPagesWhereverASessionOrAWebSocketBegins) {
  options.origins.allowed = {"https://meet.example"};
  const std::string evil = "https://evil.example";
  expect_error(ErrorCode::forbidden, check("GET", "EIO=4&transport=polling", no_session, false, evil));
  expect_error(ErrorCode::forbidden, check("GET", "EIO=4&transport=websocket", no_session, true, evil));
  expect_error(ErrorCode::forbidden, check("GET", "EIO=4&transport=websocket&sid=x", on_polling, true, evil));
  expect_error(ErrorCode::forbidden, check("GET", "EIO=4&transport=polling", no_session, true, evil));
  EXPECT_EQ(check("GET", "EIO=4&transport=polling", no_session, false, evil).message, "Origin not allowed");
  // A poll names a session that no foreign page can know of.
  EXPECT_EQ(check("GET", "EIO=4&transport=polling&sid=x", on_polling, false, evil).kind, RequestKind::poll);
  EXPECT_EQ(check("GET", "EIO=4&transport=websocket", no_session, true, "https://meet.example").kind, RequestKind::handshake);
  EXPECT_EQ(check("GET", "EIO=4&transport=websocket&sid=x", on_polling, true, "https://meet.example").kind, RequestKind::probe);
}

TEST_F(RequestCheck, RefusesUnknownSids) {
  expect_error(ErrorCode::unknown_sid, check("GET", "EIO=4&transport=polling&sid=x"));
  // Before method, version and transport are looked at.
  expect_error(ErrorCode::unknown_sid, check("PUT", "EIO=3&transport=polling&sid=x"));
  expect_error(ErrorCode::unknown_sid, check("GET", "EIO=4&transport=websocket&sid=x"));
  expect_error(ErrorCode::unknown_sid, check("GET", "EIO=4&transport=websocket&sid=x", no_session, true));
}

TEST_F(RequestCheck, TakesAnEmptySidForNone) {
  EXPECT_EQ(check("GET", "EIO=4&transport=polling&sid=").kind, RequestKind::handshake);
}

TEST_F(RequestCheck, RefusesHandshakesThatAreNotGet) {
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "HEAD", "get"}) {
    expect_error(ErrorCode::bad_handshake_method, check(method, "EIO=4&transport=polling"));
  }
  // Before the missing upgrade.
  expect_error(ErrorCode::bad_handshake_method, check("POST", "EIO=4&transport=websocket"));
  expect_error(ErrorCode::bad_handshake_method, check("POST", "EIO=4&transport=websocket", no_session, true));
}

TEST_F(RequestCheck, RefusesWebSocketHandshakesWithoutAnUpgrade) {
  expect_error(ErrorCode::bad_request, check("GET", "EIO=4&transport=websocket"));
  expect_error(ErrorCode::bad_request, check("GET", "EIO=3&transport=websocket"));
}

TEST_F(RequestCheck, LeavesTheVersionOfHandshakesToTheLastStep) {
  EXPECT_EQ(check("GET", "EIO=3&transport=polling").kind, RequestKind::handshake);
  EXPECT_EQ(check("GET", "transport=polling").kind, RequestKind::handshake);
}

TEST_F(RequestCheck, RefusesAnotherTransportThanTheSessionsWithoutUpgrade) {
  expect_error(ErrorCode::bad_request, check("GET", "EIO=4&transport=websocket&sid=x", on_polling));
  expect_error(ErrorCode::bad_request, check("GET", "EIO=4&transport=polling&sid=x", on_websocket));
  expect_error(ErrorCode::bad_request, check("POST", "EIO=4&transport=polling&sid=x", on_websocket));
  expect_error(ErrorCode::bad_request, check("GET", "EIO=4&transport=websocket&sid=x", on_websocket));
}

TEST_F(RequestCheck, RefusesAnotherVersionThanTheSessions) {
  for (const char* query : {"EIO=3&transport=polling&sid=x", "transport=polling&sid=x", "EIO=4+&transport=polling&sid=x"}) {
    expect_error(ErrorCode::bad_request, check("GET", query, on_polling));
  }
  expect_error(ErrorCode::bad_request, check("GET", "EIO=3&transport=websocket&sid=x", on_polling, true));
}

TEST_F(RequestCheck, RefusesUpgradesWhereTheyAreNotAllowed) {
  options.allow_upgrades = false;
  expect_error(ErrorCode::bad_request, check("GET", "EIO=4&transport=websocket&sid=x", on_polling, true));
}

TEST_F(RequestCheck, AcceptsToCloseWhatEngineIoAcceptsToClose) {
  EXPECT_EQ(check("GET", "EIO=4&transport=websocket&sid=x", on_websocket, true).kind, RequestKind::accept_and_close);
  EXPECT_EQ(check("GET", "EIO=4&transport=polling&sid=x", on_polling, true).kind, RequestKind::accept_and_close);
  EXPECT_EQ(check("GET", "EIO=4&transport=polling", no_session, true).kind, RequestKind::accept_and_close);
}

TEST_F(RequestCheck, KnowsMethodsThatASessionHasNoUseFor) {
  for (const char* method : {"PUT", "DELETE", "OPTIONS", "HEAD", "PATCH"}) {
    EXPECT_EQ(check(method, "EIO=4&transport=polling&sid=x", on_polling).kind, RequestKind::wrong_method) << method;
  }
}

TEST(EngineQuery, KnowsWhetherBinaryMustBeBase64) {
  const auto base64 = [](std::string_view query) {
    HttpRequest request;
    request.query = query;
    return EngineQuery::parse(request).base64;
  };
  EXPECT_TRUE(base64("b64=1"));
  EXPECT_FALSE(base64("b64="));
  EXPECT_FALSE(base64("EIO=4"));
}

}  // namespace
}  // namespace signaling::engine
