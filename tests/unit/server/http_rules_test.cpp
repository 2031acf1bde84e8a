// What a plugin may say in HTTP.
#include <gtest/gtest.h>

#include <signaling/server/http_rules.hpp>

namespace signaling::server {
namespace {

TEST(MaySetHeader, LetsTokensThroughThatAreNotTheServersOwn) {
  EXPECT_TRUE(may_set_header("X-Any_thing.1", "a b\tc \xC3\xA9"));
  EXPECT_TRUE(may_set_header("WWW-Authenticate", ""));
  for (const char* name : {"", "X A", "X:A", "X-\xC3\xA9", "X\r\nY"}) EXPECT_FALSE(may_set_header(name, "a")) << name;
  for (const char* name : {"content-LENGTH", "Content-Type", "Transfer-Encoding", "Connection", "Keep-Alive", "Upgrade", "Date",
                           "Trailer", "Sec-WebSocket-Accept", "Access-Control-Allow-Origin"}) {
    EXPECT_FALSE(may_set_header(name, "a")) << name;
  }
  for (const char* value : {"a\rb", "a\nb", "a\x7F", "a\x01"}) EXPECT_FALSE(may_set_header("X-A", value));
}

TEST(IsRoute, IsNeitherTheEnginesNorOddlyNamed) {
  EXPECT_TRUE(is_route("GET", "/a/*", 1, "/socket.io/"));
  EXPECT_TRUE(is_route("PATCH", "/socket.iox", 300'000, "/socket.io/"));
  for (const char* path : {"", "a", "/socket.io", "/socket.io/", "/socket.io/a", "/a b", "/a?b", "/a#b", "/\xC3\xA9"}) {
    EXPECT_FALSE(is_route("GET", path, 1, "/socket.io/")) << path;
  }
  for (const char* method : {"", "HEAD", "get", "G T"}) EXPECT_FALSE(is_route(method, "/a", 1, "/socket.io/")) << method;
  EXPECT_FALSE(is_route("GET", "/a", 0, "/socket.io/"));
  EXPECT_FALSE(is_route("GET", "/a", 300'001, "/socket.io/"));
}

}  // namespace
}  // namespace signaling::server
