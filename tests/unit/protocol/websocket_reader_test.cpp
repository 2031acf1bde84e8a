#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signaling/protocol/websocket_reader.hpp>

#include "websocket_client_frames.hpp"

namespace signaling::protocol::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

static_assert(sizeof(WebSocketReader) <= 16, "an idle connection must stay small");

TEST(WebSocketReader, UnmasksAWholeFrameInPlace) {
  WebSocketReadContext context;
  WebSocketReader reader;
  std::string bytes = text("Hello");
  std::span<char> input(bytes);
  const WebSocketEvent event = reader.next(context, input);
  EXPECT_EQ(event.payload, "Hello");
  EXPECT_EQ(event.payload.data(), bytes.data() + 6) << "copied";
  EXPECT_TRUE(input.empty());
  EXPECT_TRUE(reader.is_idle());
}

TEST(WebSocketReader, DeliversSeveralFramesOfOneSpanInOrder) {
  Connection c;
  EXPECT_THAT(c(text("a") + binary("b") + ping("p") + pong("q") + text("")),
              ElementsAre(message("a"), message("b", true), pinged("p"), ponged("q"), message("")));
  EXPECT_TRUE(c.reader.is_idle());
}

TEST(WebSocketReader, ReadsEveryLengthAroundTheFormsOfTheHeader) {
  for (const std::size_t size : {0, 1, 7, 8, 9, 125, 126, 127, 128, 65535, 65536, 65537}) {
    std::string payload(size, '\0');
    for (std::size_t i = 0; i < size; ++i) payload[i] = static_cast<char>(i * 7);
    Connection whole;
    EXPECT_THAT(whole(binary(payload)), ElementsAre(message(payload, true))) << size;
    Connection split;
    split.feed(binary(payload).substr(0, 3));
    EXPECT_THAT(split(binary(payload).substr(3)), ElementsAre(message(payload, true))) << size;
  }
}

TEST(WebSocketReader, JoinsFragments) {
  Connection c;
  EXPECT_THAT(c(frame(0x01, "Hel") + frame(0x00, "") + frame(0x80, "lo")), ElementsAre(message("Hello")));
  EXPECT_TRUE(c.reader.is_idle());
  EXPECT_THAT(c(frame(0x02, "\xff") + frame(0x80, "\xfe")), ElementsAre(message("Hello"), message("\xff\xfe", true)));
}

TEST(WebSocketReader, PassesControlFramesBetweenFragments) {
  Connection c;
  EXPECT_THAT(c(frame(0x01, "a") + ping("1") + frame(0x00, "b") + pong("2") + frame(0x80, "c")),
              ElementsAre(pinged("1"), ponged("2"), message("abc")));
}

TEST(WebSocketReader, KeepsNothingBetweenMessages) {
  Connection c;
  c.feed(text(std::string(1000, 'x')).substr(0, 500));
  EXPECT_FALSE(c.reader.is_idle());
  EXPECT_GT(c.reader.buffered_bytes(), 400u);
  c.feed(text(std::string(1000, 'x')).substr(500));
  EXPECT_TRUE(c.reader.is_idle());
  EXPECT_EQ(c.reader.buffered_bytes(), 0u);
}

TEST(WebSocketReader, GivesTextThatGrows) {
  Connection c;
  const std::string bytes = text(std::string(500, 'x') + std::string(500, 'y'));
  c.feed(bytes.substr(0, 308));  // the head has 8
  EXPECT_EQ(c.reader.take_growth(301), "");
  EXPECT_EQ(c.reader.take_growth(300), std::string(300, 'x'));
  EXPECT_EQ(c.reader.take_growth(1), "");
  c.feed(bytes.substr(308, 300));
  EXPECT_EQ(c.reader.take_growth(300), std::string(500, 'x') + std::string(100, 'y'));
  c.feed(bytes.substr(608));
  EXPECT_EQ(c.reader.take_growth(0), "");
  c.feed(frame(0x01, "a fragment"));
  EXPECT_EQ(c.reader.take_growth(10), "a fragment");
}

TEST(WebSocketReader, GivesNothingThatIsNoTextYet) {
  Connection c(true);
  c.feed(binary(std::string(1000, 'x')).substr(0, 500));
  EXPECT_EQ(c.reader.take_growth(1), "");
  Connection compressed(true);
  compressed.feed(frame(0xC1, std::string(1000, 'x')).substr(0, 500));
  EXPECT_EQ(compressed.reader.take_growth(1), "");
}

TEST(WebSocketReader, AllocatesNothingForAnAnnouncedLength) {
  Connection c(false, {.max_message_bytes = std::size_t{1} << 30});
  c.feed(ClientFrame{.first_byte = 0x82, .payload = "abc", .announced = std::uint64_t{1} << 30}.bytes());
  EXPECT_EQ(c.reader.buffered_bytes(), 3u);
}

TEST(WebSocketReader, MayBeDestroyedWhileItsEventIsRead) {
  WebSocketReadContext context;
  std::vector<std::string> streams{text("Hello"), frame(0x01, "Hel") + frame(0x80, "lo")};
  for (std::string& bytes : streams) {
    auto reader = std::make_unique<WebSocketReader>();
    std::span<char> input(bytes);
    const WebSocketEvent event = reader->next(context, input);
    reader.reset();
    EXPECT_EQ(event.payload, "Hello");
  }
  auto reader = std::make_unique<WebSocketReader>();
  std::string first = ping("Hello").substr(0, 8);
  std::string second = ping("Hello").substr(8);
  std::span<char> input(first);
  EXPECT_EQ(reader->next(context, input).kind, WebSocketEvent::Kind::none);
  input = second;
  const WebSocketEvent event = reader->next(context, input);
  reader.reset();
  EXPECT_EQ(event.payload, "Hello");
}

TEST(WebSocketReader, StopsFeedingWhereTheVisitorSaysSo) {
  struct Visitor {
    std::unique_ptr<WebSocketReader> reader = std::make_unique<WebSocketReader>();
    std::vector<std::string> got;
    bool on_message(bool, std::string_view data) {
      got.emplace_back(data);
      if (data == "last") reader.reset();
      return reader != nullptr;
    }
    bool on_ping(std::string_view) { return true; }
    bool on_pong(std::string_view) { return true; }
    void on_close(std::uint16_t, std::string_view) {}
    void on_error(std::uint16_t, std::string_view) {}
  } visitor;
  WebSocketReadContext context;
  std::string bytes = text("first") + text("last") + text("never");
  EXPECT_FALSE(visitor.reader->feed(context, bytes, visitor));
  EXPECT_THAT(visitor.got, ElementsAre("first", "last"));
}

// Protocol errors: RFC 6455 section 5.

struct BadStream {
  const char* name;
  std::string bytes;
  std::uint16_t code = 1002;
};

class RefusedStream : public testing::TestWithParam<BadStream> {};

TEST_P(RefusedStream, EndsInItsCode) {
  Connection c;
  EXPECT_THAT(c(GetParam().bytes), ElementsAre(error(GetParam().code)));
  EXPECT_TRUE(c.reader.has_ended());
  EXPECT_TRUE(c.reader.is_idle()) << "memory kept after the end";
  c.feed(text("ignored"));
  EXPECT_EQ(c.seen.size(), 1u);
}

TEST_P(RefusedStream, EndsInItsCodeByteByByte) {
  Connection c;
  for (const char byte : GetParam().bytes) c.feed({&byte, 1});
  EXPECT_THAT(c.seen, ElementsAre(error(GetParam().code)));
}

std::vector<BadStream> bad_streams() {
  const std::string long_reason(124, 'r');
  std::vector<BadStream> all{
      {"rsv1", frame(0xC1, "a")},
      {"rsv2", frame(0xA1, "a")},
      {"rsv3", frame(0x91, "a")},
      {"rsv_on_ping", frame(0xC9, "a")},
      {"unmasked", ClientFrame{.payload = "a", .masked = false}.bytes()},
      {"unmasked_empty", ClientFrame{.masked = false}.bytes()},
      {"fragmented_ping", frame(0x09, "")},
      {"fragmented_close", frame(0x08, "")},
      {"ping_of_extended_length", ClientFrame{.first_byte = 0x89, .length_bytes = 8}.bytes()},
      {"close_of_extended_length", ClientFrame{.first_byte = 0x88, .payload = "\x03\xe8", .length_bytes = 2}.bytes()},
      {"long_ping", ping(std::string(126, 'x'))},
      {"long_close", close(1000, long_reason)},
      {"continuation_of_nothing", frame(0x80, "a")},
      {"open_continuation_of_nothing", frame(0x00, "a")},
      {"text_inside_message", frame(0x01, "a") + text("b")},
      {"binary_inside_message", frame(0x01, "a") + frame(0x02, "b")},
      {"length_64_bits", ClientFrame{.announced = std::uint64_t{1} << 63}.bytes()},
      {"length_16_not_shortest", ClientFrame{.payload = "a", .length_bytes = 2}.bytes()},
      {"length_64_not_shortest", ClientFrame{.payload = "a", .length_bytes = 8}.bytes()},
      {"close_of_one_byte", close("\x03")},
      {"close_reason_not_utf8", close(1000, "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80"), 1007},
      {"text_not_utf8", text("ab\xff"), 1007},
      {"text_ends_in_character", text("\xe2\x82"), 1007},
      {"fragments_end_in_character", frame(0x01, "\xe2") + frame(0x80, "\x82"), 1007},
      {"fragment_not_utf8", frame(0x01, "ok\xc0"), 1007},
      {"surrogate_over_fragments", frame(0x01, "\xed") + frame(0x00, "\xa0"), 1007},
      {"too_big", ClientFrame{.announced = 1'000'001}.bytes(), 1009},
      {"much_too_big", ClientFrame{.announced = ~std::uint64_t{0} >> 1}.bytes(), 1009},
  };
  for (const int opcode : {3, 4, 5, 6, 7, 11, 12, 13, 14, 15}) {
    all.push_back({"reserved_opcode", frame(static_cast<std::uint8_t>(0x80 | opcode), "a")});
  }
  for (const std::uint16_t code : {0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535}) {
    all.push_back({"close_code", close(code)});
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(WebSocketReader, RefusedStream, testing::ValuesIn(bad_streams()),
                         [](const testing::TestParamInfo<BadStream>& stream) {
                           return std::to_string(stream.index) + "_" + stream.param.name;
                         });

TEST(WebSocketReader, DeliversWhatCameBeforeAnError) {
  Connection c;
  EXPECT_THAT(c(text("a") + ping() + frame(0x83, "")), ElementsAre(message("a"), pinged(), error(1002)));
}

TEST(WebSocketReader, RefusesABadHeaderBeforeItIsComplete) {
  for (const std::string& bytes : {frame(0x83, ""), frame(0x91, ""), ClientFrame{.masked = false}.bytes()}) {
    Connection c;
    EXPECT_THAT(c(bytes.substr(0, 2)), ElementsAre(error(1002)));
  }
}

TEST(WebSocketReader, RefusesBadTextBeforeItsFrameIsComplete) {
  // Autobahn 6.4.3 and 6.4.4: the offending byte comes in the middle of one frame.
  const std::string valid = "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5";
  const std::string bytes = text(valid + "\xf4\x90\x80\x80" + "edited");
  Connection c;
  c.feed(bytes.substr(0, 6 + valid.size() + 1));
  EXPECT_THAT(c.seen, IsEmpty()) << "F4 alone may still become a character";
  c.feed(bytes.substr(6 + valid.size() + 1, 1));
  EXPECT_THAT(c.seen, ElementsAre(error(1007)));
}

TEST(WebSocketReader, LetsACharacterSpanFragments) {
  const std::string euro = "\xe2\x82\xac";
  Connection c;
  EXPECT_THAT(c(frame(0x01, euro.substr(0, 1)) + frame(0x00, euro.substr(1, 1)) + ping() + frame(0x80, euro.substr(2))),
              ElementsAre(pinged(), message(euro)));
}

// Close.

TEST(WebSocketReader, ReadsCloseFrames) {
  EXPECT_THAT(Connection()(close()), ElementsAre(closed(1005)));
  EXPECT_THAT(Connection()(close(1000)), ElementsAre(closed(1000)));
  EXPECT_THAT(Connection()(close(1001, "going away")), ElementsAre(closed(1001, "going away")));
  EXPECT_THAT(Connection()(close(1000, std::string(123, 'r'))), ElementsAre(closed(1000, std::string(123, 'r'))));
  for (const std::uint16_t code : {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4999}) {
    EXPECT_THAT(Connection()(close(code)), ElementsAre(closed(code)));
  }
}

TEST(WebSocketReader, IgnoresWhatFollowsAClose) {
  Connection c;
  EXPECT_THAT(c(close(1000) + text("late") + frame(0x83, "")), ElementsAre(closed(1000)));
  EXPECT_THAT(c(text("later")), ElementsAre(closed(1000)));
}

TEST(WebSocketReader, AcceptsACloseInsideAMessage) {
  Connection c;
  EXPECT_THAT(c(frame(0x01, "half") + close(1000)), ElementsAre(closed(1000)));
  EXPECT_TRUE(c.reader.is_idle());
}

// Limits.

TEST(WebSocketReader, TakesExactlyTheAllowedSize) {
  const WebSocketLimits limits{.max_message_bytes = 300};
  EXPECT_THAT(Connection(false, limits)(text(std::string(300, 'x'))), ElementsAre(message(std::string(300, 'x'))));
  EXPECT_THAT(Connection(false, limits)(text(std::string(301, 'x'))), ElementsAre(error(1009)));
  const std::string half(150, 'y');
  EXPECT_THAT(Connection(false, limits)(frame(0x01, half) + frame(0x80, half)), ElementsAre(message(half + half)));
  EXPECT_THAT(Connection(false, limits)(frame(0x01, half) + frame(0x80, half + "y")), ElementsAre(error(1009)));
}

TEST(WebSocketReader, LetsControlFramesPassAFullMessage) {
  Connection c(false, {.max_message_bytes = 10});
  EXPECT_THAT(c(frame(0x01, std::string(10, 'x')) + ping(std::string(100, 'p')) + frame(0x80, "")),
              ElementsAre(pinged(std::string(100, 'p')), message(std::string(10, 'x'))));
}

TEST(WebSocketReader, BoundsTheNumberOfFragments) {
  const WebSocketLimits limits{.max_fragments = 3};
  const std::string two = frame(0x01, "a") + frame(0x00, "b");
  EXPECT_THAT(Connection(false, limits)(two + frame(0x80, "c")), ElementsAre(message("abc")));
  EXPECT_THAT(Connection(false, limits)(two + frame(0x00, "c") + frame(0x80, "d")), ElementsAre(error(1009)));
  // Counted for each message alone.
  EXPECT_THAT(Connection(false, limits)(two + frame(0x80, "c") + two + frame(0x80, "d")),
              ElementsAre(message("abc"), message("abd")));
}

TEST(WebSocketReader, BoundsControlFramesWithinAMessageAlone) {
  const WebSocketLimits limits{.max_control_frames = 2};
  EXPECT_THAT(Connection(false, limits)(frame(0x01, "a") + ping() + ping() + ping()),
              ElementsAre(pinged(), pinged(), error(1008)));
  EXPECT_THAT(Connection(false, limits)(ping() + ping() + ping() + ping()).size(), 4u);
}

TEST(WebSocketReader, TakesNewLimitsBetweenMessages) {
  Connection c(false, {.max_message_bytes = 1});
  c.feed(text("a"));
  c.context.set_limits({.max_message_bytes = 2});
  EXPECT_THAT(c(text("bb")), ElementsAre(message("a"), message("bb")));
}

// A lower limit that arrives while a message is under way must not wrap around.
TEST(WebSocketReader, HoldsAMessageUnderWayToANewLimit) {
  Connection c(false, {.max_message_bytes = 100});
  c.feed(frame(0x01, std::string(50, 'x')));
  c.context.set_limits({.max_message_bytes = 10});
  EXPECT_THAT(c(frame(0x80, "y")), ElementsAre(error(1009)));
}

}  // namespace
}  // namespace signaling::protocol::test
