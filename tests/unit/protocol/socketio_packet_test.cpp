#include <gtest/gtest.h>

#include <signaling/protocol/json_text.hpp>
#include <signaling/protocol/socketio_packet.hpp>

#include "exact_bytes.hpp"

namespace signaling::protocol {
namespace {

using namespace std::string_view_literals;

/// What the decoder says of a text: `ok` or the error's name.
std::string verdict(std::string_view text, const PacketLimits& limits = {}) {
  const ExactBytes exact(text);
  const auto packet = decode_packet(exact.text(), limits);
  return packet ? "ok" : std::string(to_string(packet.error()));
}

/// `text` must outlive the packet.
PacketView decoded(std::string_view text) {
  const auto packet = decode_packet(text, {});
  EXPECT_TRUE(packet.has_value()) << text << ": " << (packet ? "" : to_string(packet.error()));
  return packet ? *packet : PacketView{};
}

TEST(DecodePacket, ReadsConnect) {
  PacketView packet = decoded("0");
  EXPECT_EQ(packet.type, PacketType::connect);
  EXPECT_EQ(packet.namespace_name, "/");
  EXPECT_EQ(packet.json, "");
  EXPECT_EQ(packet.ack_id, no_ack);

  packet = decoded(R"(0{"token":"123"})");
  EXPECT_EQ(packet.json, R"({"token":"123"})");

  packet = decoded(R"(0/custom,{"token":"abc"})");
  EXPECT_EQ(packet.namespace_name, "/custom");
  EXPECT_EQ(packet.json, R"({"token":"abc"})");

  EXPECT_EQ(decoded("0/custom").namespace_name, "/custom");
  EXPECT_EQ(decoded("0/custom,").namespace_name, "/custom");
  EXPECT_EQ(decoded("0/,{}").namespace_name, "/");
  EXPECT_EQ(decoded("0/a?token=b,").namespace_name, "/a?token=b");
}

TEST(DecodePacket, ReadsDisconnect) {
  EXPECT_EQ(decoded("1").type, PacketType::disconnect);
  EXPECT_EQ(decoded("1/custom,").namespace_name, "/custom");
}

TEST(DecodePacket, ReadsEvents) {
  PacketView packet = decoded(R"(2["message",1,"2",{"3":[true]}])");
  EXPECT_EQ(packet.type, PacketType::event);
  EXPECT_EQ(packet.json, R"(["message",1,"2",{"3":[true]}])");
  EXPECT_EQ(packet.event_name_json, "\"message\"");
  EXPECT_EQ(packet.args, R"(1,"2",{"3":[true]})");
  EXPECT_EQ(packet.attachment_count, 0u);
  EXPECT_EQ(packet.ack_id, no_ack);

  packet = decoded(R"(2/admin,456["e",1])");
  EXPECT_EQ(packet.namespace_name, "/admin");
  EXPECT_EQ(packet.ack_id, 456u);
  EXPECT_EQ(packet.args, "1");

  packet = decoded(R"(2["alone"])");
  EXPECT_EQ(packet.event_name_json, "\"alone\"");
  EXPECT_EQ(packet.args, "");
}

TEST(DecodePacket, ReadsEventsNamedByNumber) {
  for (const std::string_view number : {"0", "1", "-1", "1.5", "1e3", "12345678901234567890"}) {
    const std::string text = "2[" + std::string(number) + ",true]";
    const PacketView packet = decoded(text);
    EXPECT_EQ(packet.event_name_json, number);
    EXPECT_EQ(packet.args, "true");
  }
}

TEST(DecodePacket, CutsBlanksOffTheArguments) {
  const PacketView packet = decoded("2[ \"a\" ,\t{ \"b\" : 1 } , 2\r\n ] \n");
  EXPECT_EQ(packet.json, "[ \"a\" ,\t{ \"b\" : 1 } , 2\r\n ]");
  EXPECT_EQ(packet.event_name_json, "\"a\"");
  EXPECT_EQ(packet.args, "{ \"b\" : 1 } , 2");
  EXPECT_EQ(decoded("2[ \"a\" ]").args, "");
}

TEST(DecodePacket, ReadsAcks) {
  PacketView packet = decoded(R"(3/admin,456["ok"])");
  EXPECT_EQ(packet.type, PacketType::ack);
  EXPECT_EQ(packet.ack_id, 456u);
  EXPECT_EQ(packet.json, R"(["ok"])");
  EXPECT_EQ(decoded("30[]").ack_id, 0u);
  // Accepted and answering nothing, as officially (socket.io, Socket.onack: "bad ack").
  EXPECT_EQ(decoded("3[1]").ack_id, no_ack);
}

TEST(DecodePacket, ReadsBinaryPackets) {
  PacketView packet = decoded(R"(52-["m",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}])");
  EXPECT_EQ(packet.type, PacketType::binary_event);
  EXPECT_EQ(packet.attachment_count, 2u);
  EXPECT_EQ(packet.event_name_json, "\"m\"");

  packet = decoded(R"(61-/chat,789[{"_placeholder":true,"num":0}])");
  EXPECT_EQ(packet.type, PacketType::binary_ack);
  EXPECT_EQ(packet.attachment_count, 1u);
  EXPECT_EQ(packet.namespace_name, "/chat");
  EXPECT_EQ(packet.ack_id, 789u);
  EXPECT_EQ(packet.json, R"([{"_placeholder":true,"num":0}])");
}

TEST(DecodePacket, RefusesUnknownTypes) {
  EXPECT_EQ(verdict(""), "empty");
  for (const std::string_view text : {"7", "8[\"a\"]", "9", "a", "abc", "[\"a\"]", "-1", " 2[\"a\"]", "/", "\x02"}) {
    EXPECT_EQ(verdict(text), "unknown type") << text;
  }
}

TEST(DecodePacket, RefusesConnectErrorFromClients) {
  EXPECT_EQ(verdict(R"(4{"message":"no"})"), "unknown type");
  EXPECT_EQ(verdict("4"), "unknown type");
  EXPECT_EQ(verdict("4abc"), "unknown type");
}

TEST(DecodePacket, RefusesPayloadsOfTheWrongShape) {
  for (const std::string_view text :
       {"0[]", "0\"auth\"", "0null", "0true", "0/a,[1]", "1{}", "1[]", "1/a,\"x\"", "1null", "2", "2/a,", "212", "2{}", "2\"a\"", "2null",
        "2true", "2[]", "2[ ]", "2[null]", "2[true,1]", "2[[\"a\"]]", "2[{}]", "2[{\"a\":\"b\"},\"a\"]", "3", "312", "3{}", "31{}",
        "31\"a\"", "51-", "51-{}", "51-[]", "51-[{\"_placeholder\":true,\"num\":0}]", "61-", "61-{}"}) {
    EXPECT_EQ(verdict(text), "bad payload") << text;
  }
}

TEST(DecodePacket, RefusesWhatIsNoJson) {
  for (const std::string_view text :
       {"0abc", "0{", "0{\"a\"}", "0{}}", "0{}x", "0{\"a\":1},", "1x", "2abc", "2[", "2[\"", "2[\"a", "2[\"a\"", "2[\"a\",", "2[\"a\",]",
        "2[\"a\"]]", "2[\"a\"]x", "2[\"a\"][\"b\"]", "2[\"a\" 1]", "2[a]", "2[01]", "2[-]", "2[1.]", "2[\"\\x\"]", "2[\"a\x01\"]",
        "2[\"a\",nul]", "2[\"a\",[}]", "3[", "31[1", "31[1,]", "31]", "2 [\"a\"]", "0 {}", "31 []", "2\n[\"a\"]"}) {
    EXPECT_EQ(verdict(text), "bad json") << text;
  }
}

TEST(DecodePacket, RefusesAckIdsThatAreNoPlainDigits) {
  for (const std::string_view text : {"2abc[\"a\"]", "21x[\"a\"]", "2-1[\"a\"]", "2+1[\"a\"]", "21.5[\"a\"]", "21e1[\"a\"]",
                                      "2 1[\"a\"]", "21 [\"a\"]", "3abc[]"}) {
    EXPECT_EQ(verdict(text), "bad json") << text;
  }
}

TEST(DecodePacket, BoundsAckIds) {
  EXPECT_EQ(decoded("29007199254740991[\"a\"]").ack_id, 9007199254740991u);
  EXPECT_EQ(decoded("2007[\"a\"]").ack_id, 7u);
  EXPECT_EQ(verdict("29007199254740992[\"a\"]"), "bad ack id");
  EXPECT_EQ(verdict("218446744073709551615[\"a\"]"), "bad ack id");  // no_ack must not come in
  EXPECT_EQ(verdict("218446744073709551616[\"a\"]"), "bad ack id");
  EXPECT_EQ(verdict("2" + std::string(100, '9') + "[\"a\"]"), "bad ack id");
}

TEST(DecodePacket, BoundsTheAttachmentCount) {
  PacketLimits limits;
  limits.max_attachments = 10;
  EXPECT_EQ(verdict("51-[\"a\"]", limits), "ok");
  EXPECT_EQ(verdict("510-[\"a\"]", limits), "ok");
  EXPECT_EQ(verdict("511-[\"a\"]", limits), "bad attachment count");
  EXPECT_EQ(verdict("50-[\"a\"]", limits), "bad attachment count");
  limits.max_attachments = 0;
  EXPECT_EQ(verdict("51-[\"a\"]", limits), "bad attachment count");
}

TEST(DecodePacket, RefusesAttachmentCountsThatAreNoPlainDigits) {
  for (const std::string_view text :
       {"5", "51", "51[\"a\"]", "5[\"a\"]", "5-[\"a\"]", "5x1-[\"a\"]", "51x-[\"a\"]", "5 1-[\"a\"]", "51 -[\"a\"]", "5-1-[\"a\"]",
        "5+1-[\"a\"]", "51.0-[\"a\"]", "51e0-[\"a\"]", "501-[\"a\"]", "500-[\"a\"]", "5/a,1-[\"a\"]", "54294967297-[\"a\"]",
        "599999999999999999999-[\"a\"]", "6-[]", "60-[]", "6[]", "6x-[]"}) {
    EXPECT_EQ(verdict(text), "bad attachment count") << text;
  }
}

TEST(DecodePacket, ReadsNoAttachmentCountOfOtherTypes) {
  EXPECT_EQ(verdict("21-[\"a\"]"), "bad json");
  EXPECT_EQ(verdict("31-[\"a\"]"), "bad json");
}

TEST(DecodePacket, BoundsNamespaces) {
  PacketLimits limits;
  limits.max_namespace_bytes = 5;
  EXPECT_EQ(verdict("0/abcd,{}", limits), "ok");
  EXPECT_EQ(verdict("0/abcd", limits), "ok");
  EXPECT_EQ(verdict("0/abcde,{}", limits), "too long");
  EXPECT_EQ(verdict("0/abcde", limits), "too long");
}

TEST(DecodePacket, RefusesControlCharactersInNamespaces) {
  EXPECT_EQ(verdict("0/a\x1e,{}"), "bad namespace");  // would end the answer in a polling payload
  EXPECT_EQ(verdict("0/a\n"), "bad namespace");
  EXPECT_EQ(verdict("0/\0"sv), "bad namespace");
  EXPECT_EQ(verdict("0/\xC3\xA9 /\"[{,{}"), "ok");
}

TEST(DecodePacket, WantsASlashBeforeANamespace) {
  EXPECT_EQ(verdict("0custom,{}"), "bad json");
  EXPECT_EQ(verdict("2custom,[\"a\"]"), "bad json");
}

TEST(DecodePacket, RefusesReservedEventNames) {
  for (const std::string name : {"connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"}) {
    EXPECT_EQ(verdict("2[\"" + name + "\"]"), "reserved event");
    EXPECT_EQ(verdict("2/a,1[\"" + name + "\",1]"), "reserved event");
    EXPECT_EQ(verdict("51-[\"" + name + "\",{\"_placeholder\":true,\"num\":0}]"), "reserved event");
    EXPECT_EQ(verdict("2[ \"" + name + "\" ]"), "reserved event");
    // Names that only resemble one are free.
    EXPECT_EQ(verdict("2[\"" + name + "x\"]"), "ok");
    EXPECT_EQ(verdict("2[\"" + name.substr(1) + "\"]"), "ok");
    EXPECT_EQ(verdict("2[\"" + name + "\\u0000\"]"), "ok");
    EXPECT_EQ(verdict("3[\"" + name + "\"]"), "ok");  // an ack has arguments, no name
  }
  EXPECT_EQ(verdict("2[\"Connect\"]"), "ok");
  EXPECT_EQ(verdict("2[\"\"]"), "ok");
  EXPECT_EQ(verdict("2[\"error\"]"), "ok");
}

TEST(DecodePacket, RefusesReservedEventNamesBehindEscapes) {
  EXPECT_EQ(verdict(R"(2["conn\u0065ct"])"), "reserved event");
  EXPECT_EQ(verdict(R"(2["\u0063\u006f\u006e\u006e\u0065\u0063\u0074"])"), "reserved event");
  EXPECT_EQ(verdict(R"(2["\u0064isconnecting"])"), "reserved event");
  EXPECT_EQ(verdict(R"(2["removeListene\u0072"])"), "reserved event");
  EXPECT_EQ(verdict(R"(2["removeListene\u0072\u0072"])"), "ok");
  EXPECT_EQ(verdict(R"(2["conn\\u0065ct"])"), "ok");
  EXPECT_EQ(verdict(R"(2["conn\u0045ct"])"), "ok");
}

TEST(DecodePacket, BoundsEventNamesByTheirDecodedBytes) {
  PacketLimits limits;
  limits.max_event_name_bytes = 4;
  EXPECT_EQ(verdict("2[\"abcd\"]", limits), "ok");
  EXPECT_EQ(verdict("2[\"abcde\"]", limits), "too long");
  EXPECT_EQ(verdict(R"(2["\u0061\u0062\u0063\u0064"])", limits), "ok");
  EXPECT_EQ(verdict(R"(2["\u0061\u0062\u0063\u0064\u0065"])", limits), "too long");
  EXPECT_EQ(verdict(R"(2["\ud83d\ude00"])", limits), "ok");
  EXPECT_EQ(verdict(R"(2["\ud83d\ude00\n"])", limits), "too long");
  EXPECT_EQ(verdict(R"(2["\u20ac\ud800"])", limits), "too long");
  EXPECT_EQ(verdict("2[1234]", limits), "ok");
  EXPECT_EQ(verdict("2[12345]", limits), "too long");
}

TEST(DecodePacket, BoundsDepth) {
  PacketLimits limits;
  limits.max_depth = 4;
  EXPECT_EQ(verdict("2[\"a\",[[{}]]]", limits), "ok");
  EXPECT_EQ(verdict("2[\"a\",[[[[]]]]]", limits), "bad json");
  EXPECT_EQ(verdict("3[[[{}]]]", limits), "ok");
  EXPECT_EQ(verdict("3[[[[[]]]]]", limits), "bad json");
  EXPECT_EQ(verdict("0{\"a\":{\"b\":{\"c\":{}}}}", limits), "ok");
  EXPECT_EQ(verdict("0{\"a\":{\"b\":{\"c\":{\"d\":{}}}}}", limits), "bad json");
  limits.max_depth = 0;
  EXPECT_EQ(verdict("2[\"a\"]", limits), "bad json");
  limits.max_depth = 1024;
  EXPECT_EQ(verdict("2[\"a\"," + std::string(1023, '[') + std::string(1023, ']') + "]", limits), "ok");
  EXPECT_EQ(verdict("2[\"a\"," + std::string(1024, '[') + std::string(1024, ']') + "]", limits), "bad json");
}

TEST(DecodePacket, TakesHugeArguments) {
  const std::string text = "2[\"a\",\"" + std::string(5'000'000, 'x') + "\"]";
  EXPECT_EQ(decoded(text).args.size(), 5'000'002u);
}

TEST(DecodePacket, LeavesThePayloadAsItCame) {
  const std::string text = "2[\"a\",\"\\ud800\",1.0000000000000000000000001,\"\xE2\x80\xA8\\u0000\"]";
  EXPECT_EQ(decoded(text).json, text.substr(1));
}

TEST(DecodePacket, TreatsPlaceholdersOfTextPacketsAsData) {
  EXPECT_EQ(verdict(R"(2["a",{"_placeholder":true,"num":99}])"), "ok");
}

TEST(DecodePacket, AcceptsNoTruncatedEvent) {
  for (const std::string_view text :
       {R"(2["message",1,"2",{"3":[true,null,-1.5e3]}])", R"(2/admin,456["e\u0041",{"a":"b"}])",
        R"(52-/chat,17["m",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}])", R"(3/admin,456["ok",[[]]])"}) {
    EXPECT_EQ(verdict(text), "ok") << text;
    for (std::size_t size = 0; size < text.size(); ++size) {
      EXPECT_NE(verdict(text.substr(0, size)), "ok") << text.substr(0, size);
    }
  }
}

TEST(DecodePacket, AcceptsTheBeginningOfAConnectOnlyWhereItIsOne) {
  const std::string_view text = R"(0/custom,{"token":"abc"})";
  for (std::size_t size = 0; size < text.size(); ++size) {
    const bool is_connect = size >= 1 && size <= 9;  // 0, 0/, 0/c … 0/custom,
    EXPECT_EQ(verdict(text.substr(0, size)) == "ok", is_connect) << text.substr(0, size);
  }
}

TEST(DecodeEventName, UndoesEscapesOnlyWhereThereAreSome) {
  std::string buffer = "untouched";
  const std::string_view plain = "\"plain\"";
  EXPECT_EQ(decode_event_name(plain, buffer), "plain");
  EXPECT_EQ(decode_event_name(plain, buffer).data(), plain.data() + 1);
  EXPECT_EQ(decode_event_name("\"\"", buffer), "");
  EXPECT_EQ(decode_event_name("12.5", buffer), "12.5");
  EXPECT_EQ(decode_event_name("7", buffer), "7");
  EXPECT_EQ(buffer, "untouched");
  EXPECT_EQ(decode_event_name(R"("a\u0062\n\ud83d\ude00")", buffer), "ab\n\xF0\x9F\x98\x80");
  EXPECT_EQ(decode_event_name(R"("\ud800")", buffer), "\xEF\xBF\xBD");
}

std::string prefix(PacketType type, std::uint32_t attachments, std::string_view namespace_name, std::uint64_t ack_id) {
  std::string out = "old";
  encode_packet_prefix(type, attachments, namespace_name, ack_id, out);
  return out;
}

TEST(EncodePacketPrefix, WritesEveryPart) {
  EXPECT_EQ(prefix(PacketType::connect, 0, "/", no_ack), "40");
  EXPECT_EQ(prefix(PacketType::connect, 0, "/custom", no_ack), "40/custom,");
  EXPECT_EQ(prefix(PacketType::disconnect, 0, "/custom", no_ack), "41/custom,");
  EXPECT_EQ(prefix(PacketType::event, 0, "/", no_ack), "42");
  EXPECT_EQ(prefix(PacketType::event, 0, "/chat", 17), "42/chat,17");
  EXPECT_EQ(prefix(PacketType::event, 0, "/", 0), "420");
  EXPECT_EQ(prefix(PacketType::ack, 0, "/admin", 456), "43/admin,456");
  EXPECT_EQ(prefix(PacketType::connect_error, 0, "/nope", no_ack), "44/nope,");
  EXPECT_EQ(prefix(PacketType::binary_event, 1, "/chat", no_ack), "451-/chat,");
  EXPECT_EQ(prefix(PacketType::binary_ack, 10, "/", 9007199254740991u), "4610-9007199254740991");
  EXPECT_EQ(prefix(PacketType::event, 0, "", 1), "421");
}

TEST(EncodePacketPrefix, IsWhatTheDecoderReads) {
  const std::string text = prefix(PacketType::binary_event, 3, "/a b", 99) + "[\"x\"]";
  const std::string_view packet_text = std::string_view(text).substr(1);
  const PacketView packet = decoded(packet_text);
  EXPECT_EQ(packet.type, PacketType::binary_event);
  EXPECT_EQ(packet.attachment_count, 3u);
  EXPECT_EQ(packet.namespace_name, "/a b");
  EXPECT_EQ(packet.ack_id, 99u);
}

}  // namespace
}  // namespace signaling::protocol
