#include <random>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <signaling/protocol/websocket_deflate.hpp>
#include <signaling/protocol/websocket_inflater.hpp>
#include <signaling/protocol/websocket_reader.hpp>

#include "websocket_client_frames.hpp"

namespace signaling::protocol::test {
namespace {

using testing::ElementsAre;

constexpr std::string_view basic_answer = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

std::string answer(std::string_view offer) {
  const auto agreement = accept_deflate_offer(offer);
  return agreement ? agreement->header_value() : "none";
}

TEST(AcceptDeflateOffer, AnswersWhatBrowsersOffer) {
  EXPECT_EQ(answer("permessage-deflate"), basic_answer);
  EXPECT_EQ(answer("permessage-deflate; client_max_window_bits"), basic_answer);
  EXPECT_EQ(answer("permessage-deflate; server_no_context_takeover; client_no_context_takeover"), basic_answer);
  EXPECT_EQ(answer("Permessage-Deflate;Client_Max_Window_Bits=15"), basic_answer);
}

TEST(AcceptDeflateOffer, HonoursTheServersWindow) {
  EXPECT_EQ(answer("permessage-deflate; server_max_window_bits=15"), std::string(basic_answer) + "; server_max_window_bits=15");
  EXPECT_EQ(answer("permessage-deflate; server_max_window_bits=9"), std::string(basic_answer) + "; server_max_window_bits=9");
  EXPECT_EQ(answer("permessage-deflate; server_max_window_bits=\"10\""),
            std::string(basic_answer) + "; server_max_window_bits=10");
  EXPECT_EQ(accept_deflate_offer("permessage-deflate; server_max_window_bits=12")->server_window_bits, 12);
  EXPECT_EQ(accept_deflate_offer("permessage-deflate")->server_window_bits, 15);
}

TEST(AcceptDeflateOffer, DeclinesAWindowOf256BytesForTheServer) {
  EXPECT_EQ(answer("permessage-deflate; server_max_window_bits=8"), "none");
  EXPECT_EQ(answer("permessage-deflate; server_max_window_bits=8, permessage-deflate"), basic_answer);
  EXPECT_EQ(answer("permessage-deflate; client_max_window_bits=8"), basic_answer) << "inflating with more is no harm";
}

TEST(AcceptDeflateOffer, DeclinesInvalidParameters) {
  for (const std::string parameters :
       {"server_max_window_bits", "server_max_window_bits=7", "server_max_window_bits=16", "server_max_window_bits=09",
        "server_max_window_bits=1x", "server_max_window_bits=\"\"", "client_max_window_bits=7", "client_max_window_bits=016",
        "client_max_window_bits=", "server_no_context_takeover=1", "client_no_context_takeover=\"x\"", "unknown", "unknown=1",
        "client_max_window_bits; client_max_window_bits=10", "server_no_context_takeover; server_no_context_takeover",
        "server_max_window_bits=10; server_max_window_bits=10", ""}) {
    EXPECT_EQ(answer("permessage-deflate; " + parameters), "none") << parameters;
  }
}

TEST(AcceptDeflateOffer, TakesTheFirstAcceptableOffer) {
  EXPECT_EQ(answer("permessage-deflate; unknown, permessage-deflate; server_max_window_bits=11, permessage-deflate"),
            std::string(basic_answer) + "; server_max_window_bits=11");
  EXPECT_EQ(answer("x-webkit-deflate-frame, permessage-bzip2; a=\"b\"; c ,, permessage-deflate"), basic_answer);
}

TEST(AcceptDeflateOffer, FindsNothingWhereNothingIs) {
  for (const std::string text : {"", " ", ",", ";", "=", "permessage-deflat", "permessage-deflatee", "\"permessage-deflate\"",
                                 "other; permessage-deflate", "x=permessage-deflate", "permessage-deflate = 1"}) {
    EXPECT_EQ(answer(text), "none") << text;
  }
}

TEST(AcceptDeflateOffer, ListensNoFurtherThanTheGrammarHolds) {
  EXPECT_EQ(answer("permessage-deflate; a=\"unfinished"), "none");
  EXPECT_EQ(answer("permessage-deflate, @, permessage-deflate; server_max_window_bits=9"), basic_answer);
}

std::string raw_deflate(std::string_view data, int flush, int window_bits = 15, int level = 6) {
  z_stream stream{};
  deflateInit2(&stream, level, Z_DEFLATED, -window_bits, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, data.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
  stream.avail_in = static_cast<uInt>(data.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  ::deflate(&stream, flush);
  out.resize(out.size() - stream.avail_out);
  deflateEnd(&stream);
  return out;
}

/// As a client sends it.
std::string client_deflate(std::string_view data) {
  std::string out = raw_deflate(data, Z_SYNC_FLUSH);
  out.resize(out.size() - 4);
  return out;
}

std::string random_bytes(std::size_t size, unsigned seed = 1) {
  std::mt19937 random(seed);
  std::string out(size, '\0');
  for (char& c : out) c = static_cast<char>(random());
  return out;
}

std::string inflated(WebSocketInflater& inflater, std::string_view compressed, std::size_t max_bytes = 1 << 24) {
  const auto result = inflater.inflate(compressed, max_bytes);
  if (result) return std::string(*result);
  return result.error() == InflateError::too_large ? "too large" : "malformed";
}

TEST(WebSocketInflater, InflatesMessageAfterMessage) {
  WebSocketInflater inflater;
  for (const std::size_t size : {0, 1, 100, 16383, 16384, 16385, 100000, 1 << 20}) {
    const std::string repeated(size, 'r');
    EXPECT_EQ(inflated(inflater, client_deflate(repeated)), repeated) << size;
    const std::string noise = random_bytes(size);
    EXPECT_EQ(inflated(inflater, client_deflate(noise)), noise) << size;
    inflater.trim();
  }
}

TEST(WebSocketInflater, ReadsTheExamplesOfTheStandard) {
  // RFC 7692 section 7.2.3: "Hello" as one block, as two, without compression, with BFINAL, empty.
  WebSocketInflater inflater;
  EXPECT_EQ(inflated(inflater, "\xf2\x48\xcd\xc9\xc9\x07" + std::string(1, '\0')), "Hello");
  EXPECT_EQ(inflated(inflater, std::string("\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00", 13)), "Hello");
  EXPECT_EQ(inflated(inflater, std::string("\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00", 11)), "Hello");
  EXPECT_EQ(inflated(inflater, std::string("\xf3\x48\xcd\xc9\xc9\x07\x00\x00", 8)), "Hello");
  EXPECT_EQ(inflated(inflater, std::string("\x00", 1)), "");
  EXPECT_EQ(inflated(inflater, ""), "");
}

TEST(WebSocketInflater, JoinsFinishedStreams) {
  WebSocketInflater inflater;
  EXPECT_EQ(inflated(inflater, raw_deflate("one ", Z_FINISH) + client_deflate("two")), "one two");
  EXPECT_EQ(inflated(inflater, raw_deflate("one", Z_FINISH)), "one");
}

TEST(WebSocketInflater, RefusesEndlessManyFinishedStreams) {
  WebSocketInflater inflater;
  std::string many;
  for (int i = 0; i < 1000; ++i) many += raw_deflate("", Z_FINISH);
  EXPECT_EQ(inflated(inflater, many), "malformed");
}

TEST(WebSocketInflater, RefusesWhatIsNoDeflateStream) {
  WebSocketInflater inflater;
  EXPECT_EQ(inflated(inflater, "\xff\xff\xff"), "malformed");
  EXPECT_EQ(inflated(inflater, "hello, world"), "malformed");
  const std::string good = client_deflate(random_bytes(1000));
  EXPECT_EQ(inflated(inflater, good.substr(0, good.size() / 2)), "malformed") << "ends inside a block";
  EXPECT_EQ(inflated(inflater, good), random_bytes(1000)) << "the next message is not affected";
}

TEST(WebSocketInflater, TakesExactlyTheAllowedSize) {
  WebSocketInflater inflater;
  for (const std::size_t size : {0, 1, 1000, 16384, 65536}) {
    const std::string text(size, 'x');
    EXPECT_EQ(inflated(inflater, client_deflate(text), size), text) << size;
    EXPECT_EQ(inflated(inflater, client_deflate(text + "x"), size), "too large") << size;
  }
}

TEST(WebSocketInflater, StopsACompressionBomb) {
  WebSocketInflater inflater;
  EXPECT_EQ(inflated(inflater, client_deflate(std::string(50'000'000, '\0')), 100'000), "too large");
}

MessagePtr text_message(std::string_view payload, bool compress = true) { return MessagePtr::text(payload, {}, compress); }

TEST(WebSocketDeflater, MakesAFrameThatInflatesToTheMessage) {
  WebSocketDeflater deflater({.threshold_bytes = 0});
  WebSocketInflater inflater;
  for (const std::size_t size : {0, 1, 1024, 65535, 65536, 1 << 20}) {
    for (const std::string& payload : {std::string(size, 'r'), random_bytes(size)}) {
      const MessagePtr frame = deflater.frame_for(text_message(payload), {});
      EXPECT_EQ(static_cast<unsigned char>(frame->frame()[0]), 0xC1);
      EXPECT_EQ(inflated(inflater, frame->payload()), payload) << size;
    }
  }
  const std::string bytes = "binary";
  const MessagePtr frame = deflater.frame_for(MessagePtr::binary(std::as_bytes(std::span(bytes))), {});
  EXPECT_EQ(static_cast<unsigned char>(frame->frame()[0]), 0xC2);
}

TEST(WebSocketDeflater, LeavesSmallMessagesAndThoseNotToBeCompressedAlone) {
  WebSocketDeflater deflater({.threshold_bytes = 100});
  const MessagePtr small = text_message(std::string(99, 'x'));
  EXPECT_EQ(deflater.frame_for(small, {}).get(), small.get());
  const MessagePtr refused = text_message(std::string(1000, 'x'), false);
  EXPECT_EQ(deflater.frame_for(refused, {}).get(), refused.get());
  const MessagePtr control = MessagePtr::raw_frame(0x89, std::string(120, 'x'));
  EXPECT_EQ(deflater.frame_for(control, {}).get(), control.get());
  const MessagePtr large = text_message(std::string(100, 'x'));
  EXPECT_LT(deflater.frame_for(large, {})->frame().size(), 40u);
}

TEST(WebSocketDeflater, SharesOneFrameAmongRecipientsAndLoops) {
  WebSocketDeflater one;
  WebSocketDeflater other;
  const MessagePtr message = text_message(std::string(5000, 'x'));
  const MessagePtr first = one.frame_for(message, {});
  EXPECT_EQ(one.frame_for(message, {}).get(), first.get());
  EXPECT_EQ(other.frame_for(message, {}).get(), first.get());
  EXPECT_EQ(message->deflated(), first.get());
  EXPECT_EQ(one.frame_for(first, {}).get(), first.get()) << "a deflated frame is not deflated again";
}

TEST(WebSocketDeflater, KeepsOneFrameWhenLoopsRace) {
  for (int round = 0; round < 50; ++round) {
    const MessagePtr message = text_message(std::string(5000, 'x'));
    std::vector<MessagePtr> frames(4);
    std::vector<std::thread> threads;
    for (MessagePtr& frame : frames) {
      threads.emplace_back([&frame, &message] {
        WebSocketDeflater deflater;
        frame = deflater.frame_for(message, {});
      });
    }
    for (std::thread& thread : threads) thread.join();
    for (const MessagePtr& frame : frames) EXPECT_EQ(frame.get(), message->deflated());
  }
}

// A client that keeps a window of 2^n bytes must be able to inflate: zlib's inflate refuses distances over its window.
TEST(WebSocketDeflater, StaysWithinASmallerWindow) {
  WebSocketDeflater deflater;
  const std::string block = random_bytes(3000);
  const std::string payload = block + block + random_bytes(20000, 2) + block;
  for (std::uint8_t bits = 9; bits <= 15; ++bits) {
    const MessagePtr message = MessagePtr::binary(std::as_bytes(std::span(payload)));
    const MessagePtr frame = deflater.frame_for(message, {.server_window_bits = bits});
    EXPECT_EQ(message->deflated() != nullptr, bits == 15) << "only the full window is shared";
    z_stream stream{};
    ASSERT_EQ(inflateInit2(&stream, -int{bits}), Z_OK);
    std::string in = std::string(frame->payload()) + std::string("\x00\x00\xff\xff", 4);
    std::string out;
    stream.next_in = reinterpret_cast<Bytef*>(in.data());
    stream.avail_in = static_cast<uInt>(in.size());
    int status = Z_OK;
    // Small pieces of output, so that the history really comes from the window and not from the output buffer.
    while (status == Z_OK && (stream.avail_in > 0 || stream.avail_out == 0)) {
      char piece[64];
      stream.next_out = reinterpret_cast<Bytef*>(piece);
      stream.avail_out = sizeof piece;
      status = ::inflate(&stream, Z_SYNC_FLUSH);
      out.append(piece, sizeof piece - stream.avail_out);
    }
    inflateEnd(&stream);
    EXPECT_EQ(out, payload) << int{bits} << " bits";
  }
}

// The reader with permessage-deflate.

std::string deflated_text(std::string_view payload) { return frame(0xC1, client_deflate(payload)); }

TEST(WebSocketReaderDeflate, InflatesWholeAndFragmentedMessages) {
  Connection c(true);
  const std::string payload = client_deflate("fragmented");
  EXPECT_THAT(c(deflated_text("whole") + text("plain") + frame(0x42, payload.substr(0, 3)) + ping() +
                frame(0x00, payload.substr(3, 2)) + frame(0x80, payload.substr(5)) + frame(0xC1, "")),
              ElementsAre(message("whole"), message("plain"), pinged(), message("fragmented", true), message("")));
}

TEST(WebSocketReaderDeflate, AllowsRsv1OnTheFirstFragmentOfDataAlone) {
  const std::string payload = client_deflate("x");
  EXPECT_THAT(Connection(true)(frame(0x41, payload) + frame(0xC0, "")), ElementsAre(error(1002)));
  EXPECT_THAT(Connection(true)(frame(0x01, "x") + frame(0xC0, "")), ElementsAre(error(1002)));
  EXPECT_THAT(Connection(true)(frame(0xC9, payload)), ElementsAre(error(1002)));
  EXPECT_THAT(Connection(true)(frame(0xE1, payload)), ElementsAre(error(1002)));
  EXPECT_THAT(Connection(false)(frame(0xC1, payload)), ElementsAre(error(1002)));
}

TEST(WebSocketReaderDeflate, ChecksTextAfterInflation) {
  EXPECT_THAT(Connection(true)(deflated_text("\xff")), ElementsAre(error(1007)));
  EXPECT_THAT(Connection(true)(frame(0xC2, client_deflate("\xff"))), ElementsAre(message("\xff", true)));
  const std::string payload = client_deflate("\xe2\x82");
  EXPECT_THAT(Connection(true)(frame(0x41, payload.substr(0, 2)) + frame(0x80, payload.substr(2))), ElementsAre(error(1007)));
}

TEST(WebSocketReaderDeflate, RefusesMalformedData) {
  EXPECT_THAT(Connection(true)(frame(0xC2, "\xff\xff\xff")), ElementsAre(error(1007)));
}

TEST(WebSocketReaderDeflate, HoldsTheInflatedSizeToTheLimit) {
  const WebSocketLimits limits{.max_message_bytes = 1000};
  const std::string fits(1000, 'x');
  EXPECT_THAT(Connection(true, limits)(deflated_text(fits)), ElementsAre(message(fits)));
  EXPECT_THAT(Connection(true, limits)(deflated_text(fits + "x")), ElementsAre(error(1009)));
  EXPECT_THAT(Connection(true, limits)(deflated_text(std::string(10'000'000, 'x'))), ElementsAre(error(1009)));
  // Data that does not compress is a little larger deflated, and still fits.
  const std::string noise = random_bytes(1000);
  EXPECT_THAT(Connection(true, limits)(frame(0xC2, client_deflate(noise))), ElementsAre(message(noise, true)));
  // What cannot be a message of that size is not collected.
  EXPECT_THAT(Connection(true, limits)(ClientFrame{.first_byte = 0xC2, .announced = 3000}.bytes()), ElementsAre(error(1009)));
}

}  // namespace
}  // namespace signaling::protocol::test
