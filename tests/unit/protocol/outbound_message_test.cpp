#include <array>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <signaling/protocol/outbound_message.hpp>

#include "exact_bytes.hpp"

namespace signaling::protocol {
namespace {

std::string header_hex(const MessagePtr& message) {
  return to_hex(message->frame().substr(0, message->frame().size() - message->payload().size()));
}

TEST(OutboundMessage, JoinsPrefixAndPieces) {
  const std::array<std::string_view, 4> pieces = {"[\"a\",", "", "1", "]"};
  const MessagePtr message = MessagePtr::text("42", pieces);
  EXPECT_EQ(message->payload(), "42[\"a\",1]");
  EXPECT_EQ(message->kind(), OutboundMessage::Kind::text);
  EXPECT_TRUE(message->compress());
  EXPECT_FALSE(MessagePtr::text("42", {}, false)->compress());
}

TEST(OutboundMessage, FrameIsHeaderAndPayloadInOnePiece) {
  const MessagePtr message = MessagePtr::text("2");
  EXPECT_EQ(message->frame(), "\x81\x01" "2");
  EXPECT_EQ(message->frame().data() + 2, message->payload().data());
}

TEST(OutboundMessage, WritesTheLengthInItsThreeForms) {
  EXPECT_EQ(header_hex(MessagePtr::text("")), "8100");
  EXPECT_EQ(header_hex(MessagePtr::text(std::string(125, 'x'))), "817d");
  EXPECT_EQ(header_hex(MessagePtr::text(std::string(126, 'x'))), "817e007e");
  EXPECT_EQ(header_hex(MessagePtr::text(std::string(0xFFFF, 'x'))), "817effff");
  EXPECT_EQ(header_hex(MessagePtr::text(std::string(0x10000, 'x'))), "817f0000000000010000");
  EXPECT_EQ(header_hex(MessagePtr::text(std::string(0x1234567, 'x'))), "817f0000000001234567");
}

TEST(OutboundMessage, CarriesBinaryAndControlFrames) {
  const std::string bytes("\x00\xFF\x1e", 3);
  const MessagePtr binary = MessagePtr::binary(std::as_bytes(std::span(bytes)), false);
  EXPECT_EQ(binary->kind(), OutboundMessage::Kind::binary);
  EXPECT_EQ(to_hex(binary->frame()), "820300ff1e");
  EXPECT_FALSE(binary->compress());
  EXPECT_EQ(to_hex(MessagePtr::binary({})->frame()), "8200");
  EXPECT_EQ(to_hex(MessagePtr::raw_frame(0x88, "\x03\xE8")->frame()), "880203e8");
  EXPECT_FALSE(MessagePtr::raw_frame(0x8A, "")->compress());
}

TEST(MessagePtr, SharesOneBlock) {
  MessagePtr a = MessagePtr::text("4a");
  const MessagePtr b = a;
  EXPECT_EQ(a.get(), b.get());
  MessagePtr c = std::move(a);
  EXPECT_FALSE(a);  // NOLINT: a moved-from pointer is empty by contract
  EXPECT_EQ(c.get(), b.get());
  c = MessagePtr();
  EXPECT_FALSE(c);
  EXPECT_EQ(b->payload(), "4a");
  MessagePtr self = b;
  self = *&self;
  EXPECT_EQ(self->payload(), "4a");
}

TEST(OutboundMessage, KeepsTheFirstDeflatedFrame) {
  const MessagePtr message = MessagePtr::text("4hello");
  EXPECT_EQ(message->deflated(), nullptr);
  const MessagePtr first = MessagePtr::raw_frame(0xC1, "first");
  const MessagePtr second = MessagePtr::raw_frame(0xC1, "second");
  first->add_ref();  // the reference that is taken over
  EXPECT_EQ(message->keep_deflated(first.get()), first.get());
  second->add_ref();
  EXPECT_EQ(message->keep_deflated(second.get()), first.get());
  EXPECT_EQ(message->deflated()->payload(), "first");
}  // a leak checker sees whether both references were given back

TEST(OutboundMessage, IsFreedByWhicheverThreadIsLast) {
  constexpr int threads = 4;
  const MessagePtr message = MessagePtr::text("4shared");
  std::vector<std::thread> running;
  std::array<const OutboundMessage*, threads> kept{};
  for (int t = 0; t < threads; ++t) {
    running.emplace_back([copy = message, &out = kept[static_cast<std::size_t>(t)], t] {
      const MessagePtr frame = MessagePtr::raw_frame(0xC1, std::to_string(t));
      frame->add_ref();
      out = copy->keep_deflated(frame.get());
      for (int i = 0; i < 1'000; ++i) {
        const MessagePtr another = copy;
        ASSERT_EQ(another->payload(), "4shared");
      }
    });
  }
  for (std::thread& thread : running) thread.join();
  for (const OutboundMessage* frame : kept) EXPECT_EQ(frame, message->deflated());
}

}  // namespace
}  // namespace signaling::protocol
