#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include <signaling/protocol/packet_progress.hpp>

#include "exact_bytes.hpp"

namespace signaling::protocol {
namespace {

const PacketLimits limits{.max_depth = 4};

/// What is read of a packet, in one line.
std::string outcome(std::string_view text, PacketProgress* progress) {
  const ExactBytes exact(text);
  const auto packet = decode_packet(exact.text(), limits, progress);
  if (!packet) return std::string(to_string(packet.error()));
  std::string line;
  for (const std::string_view part : {packet->namespace_name, packet->event_name_json, packet->args, packet->json})
    line += std::string(part) + '|';
  return line + std::to_string(packet->ack_id) + '|' + std::to_string(packet->attachment_count);
}

void advance(PacketProgress& progress, std::string_view text) {
  const ExactBytes exact(text);  // each part somewhere else, as where a buffer grows
  progress.advance(exact.text(), limits);
}

const std::string_view packets[] = {
    R"(2["name",1,-2.5e+3,"text \"\\ \u00e9é",{"a\"":[true,false,null,{}],"b":{"c":[]}} , [ ] ]  )",
    R"(2/name space?x=1,17["name"])",
    R"(2[12345,"x"])",
    R"(52-/n,3["name",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}])",
    R"(37["a",{"b":1}])",
    R"(3[])",
    R"(0/n,{"token":"x","list":[1,2,3]})",
    "1/n,",
    // Refused, each at another place.
    R"(2["name",{"a":1,}])",
    R"(2["name",[[[[1]]]]])",
    R"(2["name","\x"])",
    "2[\"name\",\"\x01\"]",
    R"(2["name",01])",
    R"(2["name",tru])",
    R"(2["name"]])",
    R"(2["name"],)",
    R"(2["name",{"a" 1}])",
    R"(2["name","open)",
    R"(2["name",{"a":)",
    R"(2["connect",1])",
    R"(2{"name":1})",
    R"(3{"name":1})",
    R"(0["a"])",
    "2",
    "9[]",
};

TEST(PacketProgress, ChangesNothingWhereverThePacketIsCut) {
  for (const std::string_view text : packets) {
    const std::string expected = outcome(text, nullptr);
    for (std::size_t first = 0; first <= text.size(); ++first) {
      for (std::size_t second = first; second <= text.size(); ++second) {
        PacketProgress progress;
        advance(progress, text.substr(0, first));
        advance(progress, text.substr(0, second));
        ASSERT_EQ(outcome(text, &progress), expected) << text << " in parts of " << first << " and " << second - first;
      }
    }
  }
}

TEST(PacketProgress, ChangesNothingByteByByte) {
  for (const std::string_view text : packets) {
    PacketProgress progress;
    for (std::size_t size = 0; size <= text.size(); ++size) advance(progress, text.substr(0, size));
    EXPECT_EQ(outcome(text, &progress), outcome(text, nullptr)) << text;
  }
}

TEST(PacketProgress, HasNothingToSayOfWhatIsRefusedAnyway) {
  const std::string text = "2{\"name\":\"" + std::string(40'000, 'x');
  PacketProgress progress;
  progress.advance(text, limits);
  progress.advance(text + "x", limits);
  EXPECT_EQ(outcome(text + "\"}", &progress), "bad payload");
}

TEST(PacketProgress, TakesTheLimitsOfTheDay) {
  const std::string text = R"(2["name",[[[1]]]])";
  PacketProgress progress;
  progress.advance(text.substr(0, text.size() - 1), limits);
  EXPECT_EQ(decode_packet(text, {.max_depth = 3}, &progress).error(), PacketError::bad_json);
}

TEST(PacketProgress, IsNotLookedAtAgain) {
  // Were it, what has been broken meanwhile would be found. In a string and between tokens.
  for (const std::string& rest : {std::string("still the string\"]"), std::string("\",[1,{\"a\":2}]]")}) {
    std::string text = "2[\"name\",[1,2,3],\"the first part, ";
    PacketProgress progress;
    progress.advance(text, limits);
    text.replace(text.find("1,2,3"), 5, "x,x,x");
    text.replace(text.find("part"), 4, "\1\1\1\1");
    text += rest;
    EXPECT_EQ(outcome(text, nullptr), "bad json");
    EXPECT_NE(outcome(text, &progress), "bad json") << rest;
  }
}

}  // namespace
}  // namespace signaling::protocol
