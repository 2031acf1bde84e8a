#include <gtest/gtest.h>

#include <signaling/protocol/msgpack_packet.hpp>

#include "exact_bytes.hpp"

namespace signaling::protocol {
namespace {

std::string verdict(std::string_view message, const PacketLimits& limits = {}) {
  const ExactBytes exact(message);
  OwnedPacket packet;
  const auto decoded = decode_msgpack_packet(exact.bytes(), limits, packet);
  return decoded ? "ok" : std::string(to_string(decoded.error()));
}

/// The packet's JSON form: `2/admin,456["e",1] + 01020304 +`.
std::string text_of(std::string_view message, const PacketLimits& limits = {}) {
  const ExactBytes exact(message);
  OwnedPacket packet;
  const auto decoded = decode_msgpack_packet(exact.bytes(), limits, packet);
  if (!decoded) return std::string(to_string(decoded.error()));
  std::string text;
  encode_packet_prefix(packet.view.type, packet.view.attachment_count, packet.view.namespace_name, packet.view.ack_id, text);
  text = text.substr(1) + std::string(packet.view.json);
  for (const Bytes bytes : packet.attachments) {
    text += " +" + to_hex({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  }
  EXPECT_EQ(packet.attachments.size(), packet.view.attachment_count);
  EXPECT_EQ(packet.view.json.data() == nullptr || packet.view.json.data() == packet.json.data(), true);
  return text;
}

std::string text_of_hex(std::string_view hex) { return text_of(from_hex(hex)); }

std::string str(std::string_view text) {
  if (text.size() < 32) return static_cast<char>(0xA0 + text.size()) + std::string(text);
  std::string out = "\xDB";
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(text.size() >> shift);
  return out + std::string(text);
}

/// {type: <type>, nsp: "/", data: <data>}
std::string packet(int type, const std::string& data) {
  return "\x83" + str("type") + static_cast<char>(type) + str("nsp") + str("/") + str("data") + data;
}
/// EVENT ["e", value]
std::string event(const std::string& value) { return packet(2, "\x92" + str("e") + value); }
std::string event_hex(std::string_view hex) { return event(from_hex(hex)); }

/// JSON of the value that an event carries.
std::string value_of(std::string_view hex) {
  const std::string text = text_of(event_hex(hex));
  const std::string before = "2[\"e\",";
  if (text.rfind(before, 0) != 0) return text;
  return text.substr(before.size(), text.size() - before.size() - 1);
}

// The vectors are what socket.io-msgpack-parser 3.0.2 makes of the packets (Encoder.encode).

TEST(DecodeMsgpackPacket, ReadsConnect) {
  EXPECT_EQ(text_of_hex("83a47479706500a464617461d40000a36e7370a12f"), "0");
  EXPECT_EQ(text_of_hex("83a47479706500a46461746181a5746f6b656ea3616263a36e7370a72f637573746f6d"), R"(0/custom,{"token":"abc"})");
  EXPECT_EQ(text_of_hex("84a47479706500a464617461d40000a76f7074696f6e7381a8636f6d7072657373c3a36e7370a12f"), "0");
}

TEST(DecodeMsgpackPacket, ReadsDisconnect) { EXPECT_EQ(text_of_hex("82a47479706501a36e7370a72f637573746f6d"), "1/custom,"); }

TEST(DecodeMsgpackPacket, ReadsEventsAndAcks) {
  EXPECT_EQ(text_of_hex("84a47479706502a46461746194a76d65737361676501a13281a13391c3a76f7074696f6e7381a8636f6d7072657373c3a36e7370a12f"),
            R"(2["message",1,"2",{"3":[true]}])");
  EXPECT_EQ(text_of_hex("85a47479706502a46461746192a16501a76f7074696f6e7381a8636f6d7072657373c3a26964cd01c8a36e7370a62f61646d696e"),
            R"(2/admin,456["e",1])");
  EXPECT_EQ(text_of_hex("84a47479706503a26964cd01c8a46461746191a26f6ba36e7370a62f61646d696e"), R"(3/admin,456["ok"])");
}

TEST(DecodeMsgpackPacket, SplitsTheEventsName) {
  const ExactBytes exact(packet(2, "\x93" + str("a\n") + "\x01" + str("x")));
  OwnedPacket out;
  ASSERT_TRUE(decode_msgpack_packet(exact.bytes(), {}, out).has_value());
  EXPECT_EQ(out.view.event_name_json, R"("a\n")");
  EXPECT_EQ(out.view.args, R"(1,"x")");
}

TEST(DecodeMsgpackPacket, MakesAttachmentsOfBinary) {
  EXPECT_EQ(text_of_hex("83a47479706502a46461746193a16dc4040102030481a162c400a36e7370a12f"),
            R"(52-["m",{"_placeholder":true,"num":0},{"b":{"_placeholder":true,"num":1}}] +01020304 +)");
  // An ArrayBuffer.
  EXPECT_EQ(text_of_hex("83a47479706502a46461746192a16dc70300010203a36e7370a12f"), R"(51-["m",{"_placeholder":true,"num":0}] +010203)");
  EXPECT_EQ(text_of(packet(3, from_hex("91c40107"))), R"(61-[{"_placeholder":true,"num":0}] +07)");
  EXPECT_EQ(text_of(event_hex("c50001ff")), R"(51-["e",{"_placeholder":true,"num":0}] +ff)");
  EXPECT_EQ(text_of(event_hex("c600000001ff")), R"(51-["e",{"_placeholder":true,"num":0}] +ff)");
  EXPECT_EQ(text_of(event_hex("c8000100ff")), R"(51-["e",{"_placeholder":true,"num":0}] +ff)");
  EXPECT_EQ(text_of(event_hex("c90000000100ff")), R"(51-["e",{"_placeholder":true,"num":0}] +ff)");
}

TEST(DecodeMsgpackPacket, PointsAttachmentsIntoTheMessage) {
  const ExactBytes exact(event_hex("c4020102"));
  OwnedPacket out;
  ASSERT_TRUE(decode_msgpack_packet(exact.bytes(), {}, out).has_value());
  ASSERT_EQ(out.attachments.size(), 1u);
  EXPECT_EQ(out.attachments[0].data(), exact.bytes().data() + exact.bytes().size() - 2);
}

TEST(DecodeMsgpackPacket, KeepsEveryInteger) {
  EXPECT_EQ(text_of_hex("83a47479706502a464617461dc0015a16e007fcc80ccffcd0100cdffffce00010000ceffffffffcf0000000100000000cf001fffffffffffff"
                        "ffe0d0dfd080d1ff7fd18000d2ffff7fffd280000000d3ffffffff7fffffffd3ffe0000000000001a36e7370a12f"),
            R"(2["n",0,127,128,255,256,65535,65536,4294967295,4294967296,9007199254740991,-1,-32,-33,-128,-129,-32768,-32769,)"
            R"(-2147483648,-2147483649,-9007199254740991])");
  EXPECT_EQ(value_of("cfffffffffffffffff"), "18446744073709551615");
  EXPECT_EQ(value_of("d38000000000000000"), "-9223372036854775808");
  EXPECT_EQ(value_of("d37fffffffffffffff"), "9223372036854775807");
  // Positive numbers in signed forms.
  EXPECT_EQ(value_of("d07f"), "127");
  EXPECT_EQ(value_of("d17fff"), "32767");
  EXPECT_EQ(value_of("d27fffffff"), "2147483647");
}

TEST(DecodeMsgpackPacket, WritesDoublesShortest) {
  EXPECT_EQ(text_of_hex("83a47479706502a46461746197a16ecb3fb999999999999acbbff8000000000000cf0000000000000000cb0000000000000001cb7ff80000"
                        "00000000cb7ff0000000000000a36e7370a12f"),
            R"(2["n",0.1,-1.5,0,5e-324,null,null])");
  EXPECT_EQ(value_of("cb7e37e43c8800759c"), "1e+300");
  EXPECT_EQ(value_of("cb4014000000000000"), "5");
  EXPECT_EQ(value_of("ca3fc00000"), "1.5");
  EXPECT_EQ(value_of("ca3dcccccd"), "0.10000000149011612");
  EXPECT_EQ(value_of("ca7f800000"), "null");
  EXPECT_EQ(value_of("caffc00000"), "null");
  EXPECT_EQ(value_of("cbfff0000000000000"), "null");
}

TEST(DecodeMsgpackPacket, ReadsUndefinedAsJavaScriptWritesIt) {
  EXPECT_EQ(text_of_hex("83a47479706502a46461746197a16ec0c3c2d4000083a161d40000a16201a163d40000d7000000018df4dc5495a36e7370a12f"),
            R"(2["n",null,true,false,null,{"b":1},"2024-02-29T12:34:56.789Z"])");
  EXPECT_EQ(value_of("82a161d40000a162d40000"), "{}");
  EXPECT_EQ(value_of("83a16101a162d40000a16302"), R"({"a":1,"c":2})");
}

TEST(DecodeMsgpackPacket, WritesTimesAsDatesDo) {
  EXPECT_EQ(value_of("d7000000000000000000"), R"("1970-01-01T00:00:00.000Z")");
  EXPECT_EQ(value_of("d700ffffffffffffffff"), R"("1969-12-31T23:59:59.999Z")");
  EXPECT_EQ(value_of("d700001eb208c2dc0000"), R"("+275760-09-13T00:00:00.000Z")");  // the last Date
  EXPECT_EQ(value_of("d700001eb208c2dc0001"), "null");
  EXPECT_EQ(value_of("d700ffe14df73d240000"), R"("-271821-04-20T00:00:00.000Z")");  // the first
  EXPECT_EQ(value_of("d700ffe14df73d23ffff"), "null");
  EXPECT_EQ(value_of("d7007fffffffffffffff"), "null");
  EXPECT_EQ(value_of("d700ffffc78de9d11800"), R"("0003-04-25T07:06:40.000Z")");
}

TEST(DecodeMsgpackPacket, ReadsTheTimestampExtension) {
  EXPECT_EQ(value_of("d6ff65e07b30"), R"("2024-02-29T12:40:16.000Z")");
  EXPECT_EQ(value_of("d6ffffffffff"), R"("2106-02-07T06:28:15.000Z")");
  EXPECT_EQ(value_of("d7ffbc1cbd0065e07b30"), R"("2024-02-29T12:40:16.789Z")");
  EXPECT_EQ(value_of("c70cff2f072f400000000065e07b30"), R"("2024-02-29T12:40:16.789Z")");
  EXPECT_EQ(value_of("c70cff00000000ffffffffffffffff"), R"("1969-12-31T23:59:59.000Z")");
  EXPECT_EQ(value_of("c70cff000000007fffffffffffffff"), "null");
  EXPECT_EQ(value_of("c70cff000000008000000000000000"), "null");
}

TEST(DecodeMsgpackPacket, HandsOtherExtensionsOnAsTypeAndBytes) {
  EXPECT_EQ(text_of(event_hex("d405ff")), R"(51-["e",[5,{"_placeholder":true,"num":0}]] +ff)");
  EXPECT_EQ(text_of(event_hex("c70280aabb")), R"(51-["e",[-128,{"_placeholder":true,"num":0}]] +aabb)");
  EXPECT_EQ(text_of(event_hex("d5000102")), R"(51-["e",[0,{"_placeholder":true,"num":0}]] +0102)");
  EXPECT_EQ(text_of(event_hex("d8070102030405060708090a0b0c0d0e0f10")),
            R"(51-["e",[7,{"_placeholder":true,"num":0}]] +0102030405060708090a0b0c0d0e0f10)");
  EXPECT_EQ(text_of(event_hex("c703ff010203")), R"(51-["e",[-1,{"_placeholder":true,"num":0}]] +010203)");  // no timestamp has 3 bytes
}

TEST(DecodeMsgpackPacket, EscapesText) {
  EXPECT_EQ(text_of_hex("83a47479706502a46461746196a2c3bca3e282aca4f09f9880bf61616161616161616161616161616161616161616161616161616161616161d920"
                        "6262626262626262626262626262626262626262626262626262626262626262ad6c696e650a2271756f74656422a36e7370a12f"),
            "2[\"\xC3\xBC\",\"\xE2\x82\xAC\",\"\xF0\x9F\x98\x80\",\"" + std::string(31, 'a') + "\",\"" + std::string(32, 'b') +
                R"(","line\n\"quoted\""])");
  EXPECT_EQ(value_of("a3610062"), R"("a\u0000b")");
  EXPECT_EQ(value_of("da000161"), R"("a")");
  EXPECT_EQ(value_of("db0000000161"), R"("a")");
}

TEST(DecodeMsgpackPacket, RefusesTextThatIsNotUtf8) {
  EXPECT_EQ(verdict(event_hex("a1ff")), "bad json");
  EXPECT_EQ(verdict(event_hex("a3eda080")), "bad json");  // a surrogate
  EXPECT_EQ(verdict(event_hex("81a1ff01")), "bad json");
}

TEST(DecodeMsgpackPacket, ReadsNestedContainers) {
  EXPECT_EQ(text_of_hex("83a47479706502a46461746192a1789390809201920281a16190a36e7370a12f"), R"(2["x",[[],{},[1,[2,{"a":[]}]]]])");
  EXPECT_EQ(value_of("dc0002c0c0"), "[null,null]");
  EXPECT_EQ(value_of("dd00000001c0"), "[null]");
  EXPECT_EQ(value_of("de0001a161c0"), R"({"a":null})");
  EXPECT_EQ(value_of("df00000001a161c0"), R"({"a":null})");
}

TEST(DecodeMsgpackPacket, MakesTextOfScalarKeys) {
  EXPECT_EQ(value_of("84010ae0c2c002c303"), R"({"1":10,"-32":false,"null":2,"true":3})");
  EXPECT_EQ(value_of("81cb3ff800000000000001"), R"({"1.5":1})");
  for (const std::string_view key : {"90", "80", "c40101", "d40000", "d6ff00000000"}) {
    EXPECT_EQ(verdict(event_hex("81" + std::string(key) + "01")), "bad payload") << key;
  }
}

TEST(DecodeMsgpackPacket, LetsTheLastOfRepeatedKeysCountAndIgnoresUnknownOnes) {
  const std::string message = "\x88" + str("type") + "\x03" + str("data") + from_hex("91c40101") + str("x") + from_hex("93c0c090") +
                              "\x07\x08" + str("nsp") + str("/old") + str("data") + "\x91" + str("new") + str("nsp") + str("/new") +
                              str("type") + "\x02";
  EXPECT_EQ(text_of(message), R"(2/new,["new"])");
}

TEST(DecodeMsgpackPacket, RefusesWhatIsNoPacket) {
  EXPECT_EQ(verdict(""), "empty");
  EXPECT_EQ(verdict(from_hex("90")), "bad payload");
  EXPECT_EQ(verdict(from_hex("c0")), "bad payload");
  EXPECT_EQ(verdict("2[\"a\"]"), "bad payload");  // text in a binary frame: '2' is the integer 50
  EXPECT_EQ(verdict(from_hex("80")), "unknown type");
  EXPECT_EQ(verdict(from_hex("c1")), "bad json");
  EXPECT_EQ(verdict(event_hex("c1")), "bad json");
  EXPECT_EQ(verdict(event("\x01") + "\x01"), "bad json");  // something left over
  EXPECT_EQ(verdict("\x81\x90\x01"), "bad payload");
}

TEST(DecodeMsgpackPacket, RefusesUnknownTypes) {
  const auto with_type = [](std::string_view hex) {
    return verdict("\x83" + str("type") + from_hex(hex) + str("nsp") + str("/") + str("data") + "\x91" + str("e"));
  };
  EXPECT_EQ(with_type("02"), "ok");
  EXPECT_EQ(with_type("cb4000000000000000"), "ok");  // 2.0 is 2 to JavaScript
  EXPECT_EQ(with_type("d002"), "ok");
  for (const std::string_view hex : {"04", "05", "06", "07", "ff", "cb4004000000000000", "cb7ff8000000000000", "a132", "c0", "90", "80"}) {
    EXPECT_EQ(with_type(hex), "unknown type") << hex;
  }
  EXPECT_EQ(text_of_hex("83a47479706504a46461746181a76d657373616765b1496e76616c6964206e616d657370616365a36e7370a52f6e6f7065"),
            "unknown type");
}

TEST(DecodeMsgpackPacket, RefusesBadNamespaces) {
  const auto with_namespace = [](const std::string& name, const PacketLimits& limits = {}) {
    return verdict("\x82" + str("type") + std::string(1, '\0') + str("nsp") + name, limits);
  };
  EXPECT_EQ(with_namespace(str("/chat")), "ok");
  EXPECT_EQ(verdict("\x81" + str("type") + std::string(1, '\0')), "bad namespace");
  for (const std::string& name : {str(""), str("chat"), str("/a,b"), str("/a\x1e"), str("/\xFF"), std::string("\x01"), std::string("\xC0"),
                                  std::string("\x90")}) {
    EXPECT_EQ(with_namespace(name), "bad namespace") << to_hex(name);
  }
  PacketLimits limits;
  limits.max_namespace_bytes = 5;
  EXPECT_EQ(with_namespace(str("/abcd"), limits), "ok");
  EXPECT_EQ(with_namespace(str("/abcde"), limits), "too long");
}

TEST(DecodeMsgpackPacket, RefusesBadAckIds) {
  const auto with_id = [](std::string_view hex) {
    return text_of("\x84" + str("type") + "\x02" + str("nsp") + str("/") + str("data") + "\x91" + str("e") + str("id") + from_hex(hex));
  };
  EXPECT_EQ(with_id("00"), "20[\"e\"]");
  EXPECT_EQ(with_id("cf001fffffffffffff"), "29007199254740991[\"e\"]");
  EXPECT_EQ(with_id("cb4014000000000000"), "25[\"e\"]");
  EXPECT_EQ(with_id("d40000"), "2[\"e\"]");  // undefined
  for (const std::string_view hex : {"cf0020000000000000", "cfffffffffffffffff", "ff", "cb3fe0000000000000", "cb7ff0000000000000", "c0",
                                     "a131", "90", "80", "c3"}) {
    EXPECT_EQ(with_id(hex), "bad ack id") << hex;
  }
}

TEST(DecodeMsgpackPacket, RefusesPayloadsOfTheWrongShape) {
  for (const std::string_view data : {"90", "c0", "01", "a161", "c3"}) EXPECT_EQ(verdict(packet(0, from_hex(data))), "bad payload") << data;
  for (const std::string_view data : {"90", "80", "c0", "01", "a161"}) EXPECT_EQ(verdict(packet(1, from_hex(data))), "bad payload") << data;
  for (const std::string_view data : {"90", "80", "c0", "01", "a161", "91c0", "91c3", "9190", "9180", "91c40101", "91d40000", "d40000"}) {
    EXPECT_EQ(verdict(packet(2, from_hex(data))), "bad payload") << data;
  }
  for (const std::string_view data : {"80", "c0", "01", "a161", "d40000"}) EXPECT_EQ(verdict(packet(3, from_hex(data))), "bad payload") << data;
  EXPECT_EQ(verdict(packet(1, from_hex("d40000"))), "ok");
  EXPECT_EQ(verdict(packet(2, from_hex("9107"))), "ok");
}

TEST(DecodeMsgpackPacket, TakesBinaryInEventsAndAcksOnly) { EXPECT_EQ(verdict(packet(0, from_hex("81a161c40101"))), "bad payload"); }

TEST(DecodeMsgpackPacket, RefusesReservedEventNames) {
  EXPECT_EQ(verdict(packet(2, "\x91" + str("disconnect"))), "reserved event");
  EXPECT_EQ(verdict(packet(2, "\x92" + str("newListener") + "\xC4\x01x")), "reserved event");
  EXPECT_EQ(verdict(packet(2, "\x91" + str("disconnected"))), "ok");
}

TEST(DecodeMsgpackPacket, BoundsEventNames) {
  PacketLimits limits;
  limits.max_event_name_bytes = 4;
  EXPECT_EQ(verdict(packet(2, "\x91" + str("ab\n\"")), limits), "ok");
  EXPECT_EQ(verdict(packet(2, "\x91" + str("ab\n\"c")), limits), "too long");
}

TEST(DecodeMsgpackPacket, BoundsAttachments) {
  PacketLimits limits;
  limits.max_attachments = 2;
  EXPECT_EQ(verdict(event_hex("92c400c400"), limits), "ok");
  EXPECT_EQ(verdict(event_hex("93c400c400c400"), limits), "bad attachment count");
}

TEST(DecodeMsgpackPacket, BoundsDepth) {
  PacketLimits limits;
  limits.max_depth = 4;
  EXPECT_EQ(verdict(event_hex("919190"), limits), "ok");
  EXPECT_EQ(verdict(event_hex("91919190"), limits), "bad json");
  EXPECT_EQ(verdict(event_hex("81a16181a16280"), limits), "ok");
  EXPECT_EQ(verdict(event_hex("81a16181a16281a16380"), limits), "bad json");
  // A placeholder is an object, so binary counts as one level; an unknown extension as two.
  EXPECT_EQ(verdict(event_hex("9191c400"), limits), "ok");
  EXPECT_EQ(verdict(event_hex("919191c400"), limits), "bad json");
  EXPECT_EQ(verdict(event_hex("91d405ff"), limits), "ok");
  EXPECT_EQ(verdict(event_hex("9191d405ff"), limits), "bad json");
  // However deep, and whether or not anyone wants the value.
  EXPECT_EQ(verdict(event(std::string(500'000, '\x91') + "\xC0")), "bad json");
  EXPECT_EQ(verdict("\x83" + str("type") + std::string(1, '\0') + str("nsp") + str("/") + str("x") + std::string(500'000, '\x91') + "\xC0"),
            "ok");
}

TEST(DecodeMsgpackPacket, BelievesNoLengthBeyondTheMessage) {
  for (const std::string_view hex : {"a5616263", "d905616263", "da0005616263", "db00000005616263", "dbffffffff", "c405616263", "c6ffffffff",
                                     "c7050061", "c9ffffffff00", "9f01", "dcffff01", "ddffffffff", "8f01", "deffff", "dfffffffff", "df80000000",
                                     "cb00", "cf00", "d7", "d700", "c4", "d9", "da00", "db000000"}) {
    EXPECT_EQ(verdict(event_hex(hex)), "bad json") << hex;
    EXPECT_EQ(verdict(from_hex(hex)) == "ok", false) << hex;
  }
}

TEST(DecodeMsgpackPacket, HoldsMapsThatLookLikePlaceholdersToTheirRules) {
  const std::string lookalike = "\x82" + str("_placeholder") + "\xC3" + str("num") + "\x05";
  EXPECT_EQ(text_of(event(lookalike)), R"(2["e",{"_placeholder":true,"num":5}])");  // without attachments just data
  EXPECT_EQ(verdict(event("\x92\xC4\x01x" + lookalike)), "bad placeholder");
}

TEST(DecodeMsgpackPacket, AcceptsNoTruncatedMessage) {
  const std::string whole =
      from_hex("85a47479706502a46461746195a16dc4040102030481a162c400cb3fb999999999999ad7000000018df4dc5495a26964cd01c8a36e7370a62f61646d696e"
               "a76f7074696f6e7381a8636f6d7072657373c3");
  ASSERT_EQ(verdict(whole), "ok");
  for (std::size_t size = 0; size < whole.size(); ++size) EXPECT_NE(verdict(whole.substr(0, size)), "ok") << size;
}

TEST(DecodeMsgpackPacket, SurvivesEveryDamagedByte) {
  const std::string whole =
      from_hex("84a47479706502a46461746195a16dc4040102030481a162c400cb3fb999999999999ad7000000018df4dc5495a26964cd01c8a36e7370a62f61646d696e");
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (int value = 0; value < 256; ++value) {
      std::string damaged = whole;
      damaged[at] = static_cast<char>(value);
      text_of(damaged);
    }
  }
}

TEST(DecodeMsgpackPacket, ForgetsThePacketBefore) {
  OwnedPacket out;
  const ExactBytes first(event_hex("c40101"));
  ASSERT_TRUE(decode_msgpack_packet(first.bytes(), {}, out).has_value());
  const ExactBytes second(from_hex("82a47479706501a36e7370a12f"));
  ASSERT_TRUE(decode_msgpack_packet(second.bytes(), {}, out).has_value());
  EXPECT_EQ(out.view.type, PacketType::disconnect);
  EXPECT_TRUE(out.attachments.empty());
  EXPECT_EQ(out.view.attachment_count, 0u);
  EXPECT_EQ(out.view.json, "");
  EXPECT_EQ(out.view.event_name_json, "");
}

}  // namespace
}  // namespace signaling::protocol
