// Which plugin answers which HTTP request.
#include <gtest/gtest.h>

#include <signaling/server/http_routes.hpp>

namespace signaling::server {
namespace {

using plugin_api::Status;

class Handler final : public plugin_api::HttpRouteHandler {
 public:
  void on_http_request(const plugin_api::HttpRequest&, plugin_api::HttpReply&) override {}
};

class HttpRouteTableTest : public ::testing::Test {
 protected:
  Status add(std::string method, std::string path, std::uint32_t plugin = 0, int timeout_ms = 1'000) {
    return table.add({std::move(method), std::move(path), base::Milliseconds(timeout_ms), &handler, plugin}, owner);
  }
  std::string find(std::string_view method, std::string_view path) {
    allowed.clear();
    const HttpRoute* route = table.find(method, path, allowed);
    return route == nullptr ? "" : route->path;
  }

  Handler handler;
  HttpRouteTable table{"/socket.io/"};
  std::uint32_t owner = 99;
  std::string allowed;
};

TEST_F(HttpRouteTableTest, GoesByMethodAndPath) {
  ASSERT_EQ(add("GET", "/a"), Status::ok);
  ASSERT_EQ(add("POST", "/a"), Status::ok);
  EXPECT_EQ(find("GET", "/a"), "/a");
  EXPECT_EQ(find("HEAD", "/a"), "/a");
  EXPECT_EQ(find("DELETE", "/a"), "");
  EXPECT_EQ(allowed, "GET, HEAD, POST");
  EXPECT_FALSE(table.matches("/b"));
  EXPECT_FALSE(table.matches("/a/"));
}

TEST_F(HttpRouteTableTest, PutsAPathBeforeAPattern) {
  ASSERT_EQ(add("GET", "/rooms/*"), Status::ok);
  ASSERT_EQ(add("GET", "/rooms/list"), Status::ok);
  EXPECT_EQ(find("GET", "/rooms/list"), "/rooms/list");
  EXPECT_EQ(find("GET", "/rooms/blue"), "/rooms/*");
  EXPECT_EQ(find("GET", "/rooms/"), "");
  EXPECT_EQ(find("GET", "/rooms/a/b"), "");
}

TEST_F(HttpRouteTableTest, LooksFurtherWhereAMethodIsNotThere) {
  ASSERT_EQ(add("POST", "/rooms/list"), Status::ok);
  ASSERT_EQ(add("GET", "/rooms/*"), Status::ok);
  EXPECT_EQ(find("GET", "/rooms/list"), "/rooms/*");
}

TEST_F(HttpRouteTableTest, RefusesWhatIsTakenAndNamesTheOwner) {
  ASSERT_EQ(add("GET", "/a", 3), Status::ok);
  EXPECT_EQ(add("GET", "/a", 4), Status::full);
  EXPECT_EQ(owner, 3U);
}

TEST_F(HttpRouteTableTest, RefusesWhatIsNoRoute) {
  for (const char* path : {"", "a", "/a b", "/a?b", "/a#b", "/socket.io/", "/socket.io/x", "/socket.io"}) {
    EXPECT_EQ(add("GET", path), Status::invalid) << path;
  }
  for (const char* method : {"", "get", "GET POST", "HEAD"}) EXPECT_EQ(add(method, "/a"), Status::invalid) << method;
  EXPECT_EQ(add("GET", "/a", 0, 0), Status::invalid);
  EXPECT_EQ(add("GET", "/a", 0, 300'001), Status::invalid);
  EXPECT_TRUE(table.empty());
}

TEST_F(HttpRouteTableTest, BoundsThoseOfOnePlugin) {
  for (std::uint32_t i = 0; i < plugin_api::HttpRoutes::max_routes; ++i) {
    ASSERT_EQ(add("GET", "/a/" + std::to_string(i)), Status::ok);
  }
  EXPECT_EQ(add("GET", "/b"), Status::too_many);
  EXPECT_EQ(add("GET", "/b", 1), Status::ok);
}

TEST_F(HttpRouteTableTest, ForgetsAPluginThatDidNotStart) {
  ASSERT_EQ(add("GET", "/a", 0), Status::ok);
  ASSERT_EQ(add("GET", "/b/*", 0), Status::ok);
  ASSERT_EQ(add("GET", "/c", 1), Status::ok);
  table.close();
  EXPECT_EQ(add("GET", "/d", 1), Status::closed);
  table.remove_plugin(0);
  EXPECT_FALSE(table.matches("/a"));
  EXPECT_FALSE(table.matches("/b/x"));
  EXPECT_TRUE(table.matches("/c"));
}

}  // namespace
}  // namespace signaling::server
