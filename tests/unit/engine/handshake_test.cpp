#include "handshake.hpp"

#include <gtest/gtest.h>

namespace signaling::engine {
namespace {

const base::Sid sid = *base::Sid::parse("AQIDAAAAAAAAAAAAAA-_");

TEST(OpenPacket, HoldsExactlyTheFiveKeys) {
  EXPECT_EQ(open_packet(sid, TransportName::polling, Options{}),
            R"(0{"sid":"AQIDAAAAAAAAAAAAAA-_","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,)"
            R"("maxPayload":1000000})");
}

TEST(OpenPacket, OffersNoUpgradeWhereThereIsNone) {
  const auto offers = [](TransportName transport, const Options& options) {
    return open_packet(sid, transport, options).find(R"("upgrades":[],)") == std::string::npos;
  };
  EXPECT_TRUE(offers(TransportName::polling, {}));
  EXPECT_FALSE(offers(TransportName::websocket, {}));
  Options options;
  options.allow_upgrades = false;
  EXPECT_FALSE(offers(TransportName::polling, options));
  options = {};
  options.websocket = false;
  EXPECT_FALSE(offers(TransportName::polling, options));
}

TEST(SetCookie, LooksAsEngineIoMakesIt) {
  EXPECT_EQ(set_cookie({}, sid), "io=AQIDAAAAAAAAAAAAAA-_; Path=/; HttpOnly; SameSite=Lax");
}

TEST(SetCookie, HoldsWhatIsConfigured) {
  CookieOptions cookie;
  cookie.name = "route";
  cookie.path = "/rtc";
  cookie.domain = "example.org";
  cookie.same_site = "None";
  cookie.http_only = false;
  cookie.secure = true;
  cookie.max_age_seconds = 60;
  EXPECT_EQ(set_cookie(cookie, sid),
            "route=AQIDAAAAAAAAAAAAAA-_; Max-Age=60; Domain=example.org; Path=/rtc; Secure; SameSite=None");
}

}  // namespace
}  // namespace signaling::engine
