#include "replies.hpp"

#include <gtest/gtest.h>

namespace signaling::engine {
namespace {

TEST(ErrorReply, IsJsonForPolling) {
  const HttpReply reply = error_reply(ErrorCode::unknown_sid, false);
  EXPECT_EQ(reply.status, 400u);
  EXPECT_EQ(reply.content_type, "application/json");
  EXPECT_EQ(reply.body, R"({"code":1,"message":"Session ID unknown"})");
  EXPECT_FALSE(reply.close);
}

TEST(ErrorReply, HasTheTextOfEveryCode) {
  const auto body = [](ErrorCode code) { return error_reply(code, false).body; };
  EXPECT_EQ(body(ErrorCode::unknown_transport), R"({"code":0,"message":"Transport unknown"})");
  EXPECT_EQ(body(ErrorCode::bad_handshake_method), R"({"code":2,"message":"Bad handshake method"})");
  EXPECT_EQ(body(ErrorCode::bad_request), R"({"code":3,"message":"Bad request"})");
  EXPECT_EQ(body(ErrorCode::forbidden), R"({"code":4,"message":"Forbidden"})");
  EXPECT_EQ(body(ErrorCode::unsupported_protocol_version), R"({"code":5,"message":"Unsupported protocol version"})");
}

TEST(ErrorReply, Is403OnlyForForbiddenAndCarriesItsMessage) {
  const HttpReply reply = error_reply(ErrorCode::forbidden, false, {"no \"token\""});
  EXPECT_EQ(reply.status, 403u);
  EXPECT_EQ(reply.body, R"({"code":4,"message":"no \"token\""})");
}

TEST(ErrorReply, TakesAnotherStatusAndSaysWhenToComeBack) {
  for (const bool for_websocket : {false, true}) {
    const HttpReply reply = error_reply(ErrorCode::forbidden, for_websocket, {"slowly", 429, 7});
    EXPECT_EQ(reply.status, 429u);
    EXPECT_EQ(reply.body, for_websocket ? "slowly" : R"({"code":4,"message":"slowly"})");
    ASSERT_EQ(reply.headers.size(), 1u);
    EXPECT_EQ(reply.headers[0], (std::pair<std::string, std::string>("Retry-After", "7")));
  }
}

TEST(ErrorReply, IsTheBareMessageForWebSocketsAndEndsTheConnection) {
  for (const ErrorCode code : {ErrorCode::forbidden, ErrorCode::unknown_transport}) {
    const HttpReply reply = error_reply(code, true);
    EXPECT_EQ(reply.status, 400u);
    EXPECT_EQ(reply.content_type, "text/html");
    EXPECT_EQ(reply.body, message_of(code));
    EXPECT_TRUE(reply.close);
  }
}

TEST(MethodReply, IsOfTheClientsErrors) {
  EXPECT_EQ(method_reply().status, 405u);
  EXPECT_EQ(method_reply().headers.at(0), (std::pair<std::string, std::string>("Allow", "GET, POST")));
}

}  // namespace
}  // namespace signaling::engine
