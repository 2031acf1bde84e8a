#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signaling/protocol/engine_payload.hpp>

#include "exact_bytes.hpp"

namespace signaling::protocol {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view separator = "\x1e";

/// `4hello`, `b<bytes>`: readable form of decoded packets.
std::vector<std::string> packets_of(std::string_view body) {
  const ExactBytes exact(body);
  std::vector<EnginePacketView> packets;
  std::string binary;
  const auto decoded = decode_payload(exact.text(), packets, binary);
  if (!decoded) {
    EXPECT_TRUE(packets.empty());
    EXPECT_TRUE(binary.empty());
    return {decoded.error() == PayloadError::malformed ? "malformed" : "bad_utf8"};
  }
  std::vector<std::string> out;
  for (const EnginePacketView& packet : packets) {
    const char type = static_cast<char>('0' + static_cast<int>(packet.type));
    EXPECT_TRUE(!packet.is_binary || packet.type == EnginePacketType::message);
    out.push_back((packet.is_binary ? 'b' : type) + std::string(packet.data));
  }
  return out;
}

using Packets = std::vector<std::string>;
const Packets malformed = {"malformed"};
const Packets bad_utf8 = {"bad_utf8"};

MessagePtr binary_message(std::string_view bytes) { return MessagePtr::binary(std::as_bytes(std::span(bytes))); }

TEST(DecodeEnginePacket, KnowsEveryType) {
  for (int type = 0; type <= 6; ++type) {
    const std::string text = std::to_string(type) + "data";
    const auto packet = decode_engine_packet(text);
    ASSERT_TRUE(packet.has_value());
    EXPECT_EQ(static_cast<int>(packet->type), type);
    EXPECT_FALSE(packet->is_binary);
    EXPECT_EQ(packet->data, "data");
    EXPECT_EQ(packet->data.data(), text.data() + 1);
  }
  EXPECT_EQ(decode_engine_packet("2probe")->data, "probe");
  EXPECT_EQ(decode_engine_packet("3")->data, "");
}

TEST(DecodeEnginePacket, RefusesUnknownTypes) {
  for (const std::string_view text : {"", "7", "9abc", "a", "abc", "bAQ==", " 4", "-1", "/4", "\x04"}) {
    EXPECT_FALSE(decode_engine_packet(text).has_value()) << text;
  }
}

TEST(DecodePayload, SplitsPacketsInOrder) {
  EXPECT_EQ(packets_of("4hello"), Packets({"4hello"}));
  EXPECT_EQ(packets_of("4hello\x1e"
                       "2\x1e"
                       "4\xE2\x82\xAC"),
            Packets({"4hello", "2", "4\xE2\x82\xAC"}));
  EXPECT_EQ(packets_of("4hello\x1e"
                       "bAQIDBA==\x1e"
                       "2"),
            Packets({"4hello", "b\x01\x02\x03\x04", "2"}));
}

TEST(DecodePayload, KeepsViewsOfManyBinaryPackets) {
  std::string body = "b";
  Packets expected = {"b"};
  for (int i = 0; i < 300; ++i) {
    body +=
        "\x1e"
        "bYWJj"
        "\x1e"
        "bYQ=="
        "\x1e"
        "bYWI=";
    expected.insert(expected.end(), {"babc", "ba", "bab"});
  }
  EXPECT_EQ(packets_of(body), expected);
}

TEST(DecodePayload, TakesAnEmptyBinaryMessage) { EXPECT_EQ(packets_of("b"), Packets({"b"})); }

TEST(DecodePayload, RefusesEmptyElements) {
  EXPECT_EQ(packets_of(""), malformed);
  EXPECT_EQ(packets_of(separator), malformed);
  EXPECT_EQ(packets_of("4a\x1e"), malformed);
  EXPECT_EQ(packets_of("\x1e"
                       "4a"),
            malformed);
  EXPECT_EQ(packets_of("4a\x1e\x1e"
                       "4b"),
            malformed);
}

TEST(DecodePayload, AcceptsNothingWhereOneElementIsBad) {
  EXPECT_EQ(packets_of("4a\x1e"
                       "bAQID\x1e"
                       "abc"),
            malformed);
  EXPECT_EQ(packets_of("4a\x1e"
                       "bAQ\x1e"
                       "4b"),
            malformed);
}

TEST(DecodePayload, ForgetsWhatTheContainersHeld) {
  std::vector<EnginePacketView> packets(3);
  std::string binary = "old";
  ASSERT_TRUE(decode_payload("bAQ==", packets, binary).has_value());
  ASSERT_EQ(packets.size(), 1u);
  EXPECT_EQ(packets[0].data, "\x01");
  ASSERT_FALSE(decode_payload("x", packets, binary).has_value());
  EXPECT_TRUE(packets.empty());
}

TEST(DecodePayload, RefusesBase64ThatIsNotCanonical) {
  for (const std::string_view text : std::initializer_list<std::string_view>{
           "A",      "AA",     "AAA",      "AAAAA",      "=",    "==",   "===",    "====",  "A===",
           "AA=A",   "=AAA",   "AA==AAAA", "AAAA====",   "AA-_", "AA,A", "AA A",   "AAA\n", " AAA",
           "AAAA\n", "\nAAAA", "AAA\t",    "AA\xC3\xA9", "AB==", "AAB=", "A\0AA"sv}) {
    EXPECT_EQ(packets_of("b" + std::string(text)), malformed) << text;
  }
}

TEST(DecodePayload, DecodesEveryBase64Digit) {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  for (std::size_t size = 0; size <= all.size(); ++size) {
    const std::string bytes = all.substr(0, size);
    std::string body;
    append_to_payload(*binary_message(bytes), body);
    EXPECT_EQ(packets_of(body), Packets({"b" + bytes}));
  }
}

TEST(DecodePayload, DecodesLongBinaryInSteps) {
  for (const std::size_t size : {3071u, 3072u, 3073u, 6143u, 6144u, 6145u, 1'000'000u}) {
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 31 >> 3);
    std::string body;
    append_to_payload(*binary_message(bytes), body);
    EXPECT_EQ(body.size(), 1 + (size + 2) / 3 * 4);
    EXPECT_EQ(packets_of(body), Packets({"b" + bytes}));
  }
}

TEST(DecodePayload, RefusesBadUtf8AnywhereInTheBody) {
  EXPECT_EQ(packets_of("4\xFF"), bad_utf8);
  EXPECT_EQ(packets_of("4ok\x1e"
                       "4\xC3"),
            bad_utf8);
  EXPECT_EQ(packets_of("bAQ==\x1e"
                       "4\xED\xA0\x80"),
            bad_utf8);
}

TEST(DecodePayload, SurvivesTruncationAtEveryByte) {
  const std::string body =
      "4[\"a\"]\x1e"
      "bAQIDBA==\x1e"
      "2probe\x1e"
      "4\xF0\x9F\x98\x80";
  for (std::size_t size = 0; size < body.size(); ++size) {
    const Packets packets = packets_of(body.substr(0, size));
    if (packets == malformed || packets == bad_utf8) continue;
    const std::size_t separators =
        static_cast<std::size_t>(std::count(body.begin(), body.begin() + static_cast<std::ptrdiff_t>(size), '\x1e'));
    EXPECT_EQ(packets.size(), separators + 1);
  }
}

TEST(AppendToPayload, JoinsWithTheSeparator) {
  std::string body;
  append_to_payload(*MessagePtr::text("4hello"), body);
  append_to_payload(*binary_message("\x01\x02\x03\x04"), body);
  append_to_payload(*MessagePtr::text("2"), body);
  EXPECT_EQ(body,
            "4hello\x1e"
            "bAQIDBA==\x1e"
            "2");
}

TEST(PayloadSize, IsWhatIsAppended) {
  std::string body = "2";
  for (std::size_t size = 0; size < 20; ++size) {
    for (const MessagePtr& message : {MessagePtr::text("4" + std::string(size, 'x')), binary_message(std::string(size, 'x'))}) {
      const std::size_t before = body.size();
      append_to_payload(*message, body);
      EXPECT_EQ(body.size() - before, payload_size(*message));
    }
  }
}

TEST(IsUtf8, AcceptsWhatRfc3629Allows) {
  for (const std::string_view text :
       {""sv, "plain"sv, "\0"sv, "\x7F"sv, "\xC2\x80"sv, "\xDF\xBF"sv, "\xE0\xA0\x80"sv, "\xED\x9F\xBF"sv, "\xEE\x80\x80"sv,
        "\xEF\xBF\xBF"sv, "\xF0\x90\x80\x80"sv, "\xF4\x8F\xBF\xBF"sv}) {
    EXPECT_TRUE(is_utf8(ExactBytes(text).text())) << to_hex(text);
  }
  EXPECT_TRUE(is_utf8({}));
}

TEST(IsUtf8, RefusesOverlongSurrogateTruncatedAndStray) {
  for (const std::string_view text : {"\x80"sv, "\xBF"sv, "\xC0\x80"sv, "\xC1\xBF"sv, "\xC3"sv, "\xC3x"sv, "\xE0\x9F\xBF"sv,
                                      "\xE2\x82"sv, "\xE2\x82x"sv, "\xED\xA0\x80"sv, "\xED\xBF\xBF"sv, "\xF0\x8F\xBF\xBF"sv,
                                      "\xF0\x9F\x98"sv, "\xF4\x90\x80\x80"sv, "\xF5\x80\x80\x80"sv, "\xFE"sv, "\xFF"sv}) {
    // Alone, and behind and before enough plain text to cross every step of a vectorised check.
    EXPECT_FALSE(is_utf8(ExactBytes(text).text())) << to_hex(text);
    for (const std::size_t size : {15u, 31u, 63u, 64u, 127u}) {
      EXPECT_FALSE(is_utf8(ExactBytes(std::string(size, 'a') + std::string(text)).text())) << to_hex(text);
      EXPECT_FALSE(is_utf8(ExactBytes(std::string(text) + std::string(size, 'a')).text())) << to_hex(text);
    }
  }
}

}  // namespace
}  // namespace signaling::protocol
