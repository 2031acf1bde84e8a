#include <gtest/gtest.h>

#include <signaling/protocol/msgpack_packet.hpp>

#include "exact_bytes.hpp"

namespace signaling::protocol {
namespace {

std::vector<Bytes> bytes_of(const std::vector<std::string>& parts) {
  std::vector<Bytes> bytes;
  for (const std::string& part : parts) bytes.push_back(std::as_bytes(std::span(part)));
  return bytes;
}

/// Hex of the message, or the error's name.
std::string encoded(PacketType type, std::string_view namespace_name, std::uint64_t ack_id, std::string_view json,
                    const std::vector<std::string>& attachments = {}) {
  std::string out = "old";
  const ExactBytes exact(json);
  const auto result = encode_msgpack_packet(type, namespace_name, ack_id, exact.text(), bytes_of(attachments), out);
  return result ? to_hex(out) : std::string(to_string(result.error()));
}

/// Hex of the value as an ack's only argument.
std::string value(std::string_view json, const std::vector<std::string>& attachments = {}) {
  const std::string hex = encoded(PacketType::ack, "/", no_ack, "[" + std::string(json) + "]", attachments);
  const std::string before = "83a47479706503a46461746191";
  const std::string after = "a36e7370a12f";
  if (hex.rfind(before, 0) != 0) return hex;
  return hex.substr(before.size(), hex.size() - before.size() - after.size());
}

// As socket.io-msgpack-parser 3.0.2 writes the same packets, but for the key `options`, which no receiver reads.

TEST(EncodeMsgpackPacket, WritesEveryType) {
  EXPECT_EQ(encoded(PacketType::connect, "/", no_ack, R"({"sid":"W_CcTEnVCWLhPqC_AAAA"})"),
            "83a47479706500a46461746181a3736964b4575f436354456e5643574c685071435f41414141a36e7370a12f");
  EXPECT_EQ(encoded(PacketType::disconnect, "/custom", no_ack, ""), "82a47479706501a36e7370a72f637573746f6d");
  EXPECT_EQ(encoded(PacketType::event, "/", no_ack, R"(["x",[[],{},[1,[2,{"a":[]}]]]])"),
            "83a47479706502a46461746192a1789390809201920281a16190a36e7370a12f");
  EXPECT_EQ(encoded(PacketType::ack, "/admin", 456, R"(["ok"])"),
            "84a47479706503a46461746191a26f6ba36e7370a62f61646d696ea26964cd01c8");
  EXPECT_EQ(encoded(PacketType::connect_error, "/nope", no_ack, R"({"message":"Invalid namespace"})"),
            "83a47479706504a46461746181a76d657373616765b1496e76616c6964206e616d657370616365a36e7370a52f6e6f7065");
}

TEST(EncodeMsgpackPacket, PutsBinaryInPlace) {
  EXPECT_EQ(encoded(PacketType::binary_event, "/", no_ack,
                    R"(["m",{"_placeholder":true,"num":0},{"b":{"_placeholder":true,"num":1}}])", {"\x01\x02\x03\x04", ""}),
            "83a47479706502a46461746193a16dc4040102030481a162c400a36e7370a12f");
  EXPECT_EQ(encoded(PacketType::binary_ack, "/", 1, R"([{"num":0,"_placeholder":true}])", {"x"}),
            "84a47479706503a46461746191c40178a36e7370a12fa2696401");
  EXPECT_EQ(value(R"({"_placeholder":true,"num":1},{"_placeholder":true,"num":0},{"_placeholder":true,"num":1})", {"a", "b"}),
            encoded(PacketType::ack, "/", no_ack, R"([{"_placeholder":true,"num":1},{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}])",
                    {"a", "b"}));
}

TEST(EncodeMsgpackPacket, WritesBinaryOfEveryLength) {
  const std::string json = R"({"_placeholder":true,"num":0})";
  EXPECT_EQ(value(json, {std::string(255, 'x')}).substr(0, 4), "c4ff");
  EXPECT_EQ(value(json, {std::string(256, 'x')}).substr(0, 6), "c50100");
  EXPECT_EQ(value(json, {std::string(65536, 'x')}).substr(0, 10), "c600010000");
}

TEST(EncodeMsgpackPacket, KeepsPlaceholdersOfTextPacketsAsData) {
  EXPECT_EQ(value(R"({"_placeholder":true,"num":9})"), "82ac5f706c616365686f6c646572c3a36e756d09");
}

TEST(EncodeMsgpackPacket, RefusesPlaceholdersThatNameNothing) {
  EXPECT_EQ(value(R"({"_placeholder":true,"num":1})", {"a"}), "bad placeholder");
  EXPECT_EQ(value(R"({"_placeholder":true})", {"a"}), "bad placeholder");
}

TEST(EncodeMsgpackPacket, RefusesWhatIsNoJson) {
  for (const std::string_view json : {"[", "[1", "1 2", "x", " "}) {
    EXPECT_EQ(encoded(PacketType::event, "/", no_ack, json), "bad json") << json;
  }
}

TEST(EncodeMsgpackPacket, WritesIntegersInTheSmallestForm) {
  EXPECT_EQ(encoded(PacketType::event, "/", no_ack,
                    R"(["n",0,127,128,255,256,65535,65536,4294967295,4294967296,9007199254740991,-1,-32,-33,-128,-129,-32768,)"
                    R"(-32769,-2147483648,-2147483649,-9007199254740991])"),
            "83a47479706502a464617461dc0015a16e007fcc80ccffcd0100cdffffce00010000ceffffffffcf0000000100000000cf001fffffffffffff"
            "ffe0d0dfd080d1ff7fd18000d2ffff7fffd280000000d3ffffffff7fffffffd3ffe0000000000001a36e7370a12f");
  EXPECT_EQ(value("18446744073709551615"), "cfffffffffffffffff");
  EXPECT_EQ(value("-9223372036854775808"), "d38000000000000000");
  EXPECT_EQ(value("-0"), "00");
}

TEST(EncodeMsgpackPacket, WritesOtherNumbersAsDoubles) {
  EXPECT_EQ(value("0.1"), "cb3fb999999999999a");
  EXPECT_EQ(value("-1.5"), "cbbff8000000000000");
  EXPECT_EQ(value("5e-324"), "cb0000000000000001");
  EXPECT_EQ(value("1e300"), "cb7e37e43c8800759c");
  EXPECT_EQ(value("1.0"), "cb3ff0000000000000");
  EXPECT_EQ(value("18446744073709551616"), "cb43f0000000000000");
  EXPECT_EQ(value("-9223372036854775809"), "cbc3e0000000000000");
}

TEST(EncodeMsgpackPacket, RoundsNumbersBeyondDoubleAsJavaScriptDoes) {
  const std::string infinity = "cb7ff0000000000000";
  const std::string zero = "cb0000000000000000";
  EXPECT_EQ(value("1e400"), infinity);
  EXPECT_EQ(value("-1e400"), "cbfff0000000000000");
  EXPECT_EQ(value("1e99999999999999999999"), infinity);
  EXPECT_EQ(value("1E+400"), infinity);
  EXPECT_EQ(value(std::string(400, '9')), infinity);
  EXPECT_EQ(value(std::string(400, '9') + ".5"), infinity);
  EXPECT_EQ(value("0.0001e9999"), infinity);
  EXPECT_EQ(value("1e-400"), zero);
  EXPECT_EQ(value("-1e-400"), "cb8000000000000000");
  EXPECT_EQ(value("1e-99999999999999999999"), zero);
  EXPECT_EQ(value("0." + std::string(400, '0') + "1"), zero);
  EXPECT_EQ(value("1000e-9999"), zero);
  EXPECT_EQ(value("0e999999"), zero);
  EXPECT_EQ(value("0.000e99999999999999999999"), zero);
}

TEST(EncodeMsgpackPacket, WritesTextOfEveryLength) {
  EXPECT_EQ(value("\"\""), "a0");
  EXPECT_EQ(value('"' + std::string(31, 'a') + '"').substr(0, 2), "bf");
  EXPECT_EQ(value('"' + std::string(32, 'a') + '"').substr(0, 4), "d920");
  EXPECT_EQ(value('"' + std::string(255, 'a') + '"').substr(0, 4), "d9ff");
  EXPECT_EQ(value('"' + std::string(256, 'a') + '"').substr(0, 6), "da0100");
  EXPECT_EQ(value('"' + std::string(65536, 'a') + '"').substr(0, 10), "db00010000");
}

TEST(EncodeMsgpackPacket, UndoesEscapes) {
  EXPECT_EQ(value(R"("a\u0062\n\u0000")"), "a461620a00");
  EXPECT_EQ(value(R"("\ud83d\ude00")"), "a4f09f9880");
  EXPECT_EQ(value(R"("\ud800")"), "a3efbfbd");
  EXPECT_EQ(value(R"({"\u0061":1})"), "81a16101");
}

TEST(EncodeMsgpackPacket, WritesContainersOfEverySize) {
  EXPECT_EQ(value("[" + repeat("0,", 14) + "0]").substr(0, 2), "9f");
  EXPECT_EQ(value("[" + repeat("0,", 15) + "0]").substr(0, 6), "dc0010");
  EXPECT_EQ(value("[" + repeat("0,", 65535) + "0]").substr(0, 10), "dd00010000");
  EXPECT_EQ(value("{" + repeat("\"a\":0,", 14) + "\"a\":0}").substr(0, 2), "8f");
  EXPECT_EQ(value("{" + repeat("\"a\":0,", 15) + "\"a\":0}").substr(0, 6), "de0010");
  EXPECT_EQ(value("{" + repeat("\"a\":0,", 65535) + "\"a\":0}").substr(0, 10), "df00010000");
}

TEST(EncodeMsgpackPacket, CountsElementsWhateverTheBlanks) {
  EXPECT_EQ(value(" [ ] , { } , [ [ ] , [ 1 ] ] , { \"a\" : { } , \"b\" : [ true , false , null ] } ").substr(0, 8), "83a47479");
  EXPECT_EQ(value(" { \"a\" : { } , \"b\" : [ true , false , null ] , \"c\" : [ [ ] ] } "), "83a16180a16293c3c2c0a1639190");
}

TEST(EncodeMsgpackPacket, IsReadBackByTheDecoder) {
  for (const std::string_view json :
       {R"(["e",1,-2,0.5,1e+300,"x\n\"",[],{},[[{"a":null,"b":[true,false]}]],18446744073709551615])", R"([7])",
        "[\"\xC3\xA9 \xE2\x80\xA8\",\"\\u0000\"]"}) {
    std::string message;
    ASSERT_TRUE(encode_msgpack_packet(PacketType::event, "/n", 5, json, {}, message).has_value());
    OwnedPacket packet;
    ASSERT_TRUE(decode_msgpack_packet(std::as_bytes(std::span(message)), {}, packet).has_value()) << json;
    EXPECT_EQ(packet.json, json);
    EXPECT_EQ(packet.view.namespace_name, "/n");
    EXPECT_EQ(packet.view.ack_id, 5u);
  }
}

}  // namespace
}  // namespace signaling::protocol
