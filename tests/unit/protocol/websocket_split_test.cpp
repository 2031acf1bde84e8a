// Properties of the reader over random streams: how the bytes are cut into spans changes nothing, and a stream that ends early
// never delivers what is not complete.

#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signaling/protocol/websocket_deflate.hpp>
#include <signaling/protocol/websocket_reader.hpp>

#include "websocket_client_frames.hpp"

namespace signaling::protocol::test {
namespace {

using Random = std::mt19937;

std::size_t below(Random& random, std::size_t bound) {
  return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random);
}

std::string random_text(Random& random, std::size_t characters) {
  static const std::vector<std::string> alphabet{"a", "Z", " ", "\xc3\xa9", "\xe2\x82\xac", "\xed\x9f\xbf", "\xf0\x9f\x98\x80"};
  std::string out;
  for (std::size_t i = 0; i < characters; ++i) out += alphabet[below(random, alphabet.size())];
  return out;
}

std::string random_frame(Random& random, std::uint8_t first_byte, std::string_view payload) {
  ClientFrame frame{.first_byte = first_byte, .payload = std::string(payload)};
  for (char& c : frame.key) c = static_cast<char>(random());
  return frame.bytes();
}

std::string deflated_payload(const std::string& payload) {
  static WebSocketDeflater deflater({.threshold_bytes = 0});
  const std::string_view piece = payload;
  return std::string(deflater.frame_for(MessagePtr::text("", {&piece, 1}), {})->payload());
}

struct Stream {
  std::string bytes;
  std::vector<Seen> expected;
  std::vector<std::size_t> complete_at;  ///< offset after which the event of the same index is due
};

/// Messages whole and fragmented, plain and compressed, with control frames anywhere, at the end perhaps a close.
Stream random_stream(Random& random) {
  Stream stream;
  const auto expect = [&stream](Seen seen) {
    stream.expected.push_back(std::move(seen));
    stream.complete_at.push_back(stream.bytes.size());
  };
  const auto maybe_control = [&] {
    if (below(random, 4) != 0) return;
    const std::string payload = random_text(random, below(random, 31));
    const bool is_ping = below(random, 2) == 0;
    stream.bytes += random_frame(random, is_ping ? 0x89 : 0x8A, payload);
    expect(is_ping ? pinged(payload) : ponged(payload));
  };
  const std::size_t messages = 1 + below(random, 4);
  for (std::size_t m = 0; m < messages; ++m) {
    maybe_control();
    const bool is_binary = below(random, 3) == 0;
    const bool compressed = below(random, 3) == 0;
    const std::string payload = random_text(random, below(random, below(random, 8) == 0 ? 300 : 40));
    const std::string wire = compressed ? deflated_payload(payload) : payload;
    const std::size_t fragments = below(random, 2) == 0 ? 1 : 1 + below(random, 4);
    std::size_t at = 0;
    for (std::size_t f = 0; f < fragments; ++f) {
      const bool last = f + 1 == fragments;
      const std::size_t size = last ? wire.size() - at : below(random, wire.size() - at + 1);
      const int first = (f == 0 ? (is_binary ? 2 : 1) | (compressed ? 0x40 : 0) : 0) | (last ? 0x80 : 0);
      stream.bytes += random_frame(random, static_cast<std::uint8_t>(first), std::string_view(wire).substr(at, size));
      at += size;
      if (last) {
        expect(message(payload, is_binary));
      } else {
        maybe_control();
      }
    }
  }
  if (below(random, 3) == 0) {
    stream.bytes += close(1000, "bye");
    expect(closed(1000, "bye"));
  }
  return stream;
}

TEST(WebSocketSplit, EveryOffsetGivesTheSameMessages) {
  Random random(1);
  for (int round = 0; round < 60; ++round) {
    const Stream stream = random_stream(random);
    for (std::size_t cut = 0; cut <= stream.bytes.size(); ++cut) {
      Connection c(true);
      c.feed(std::string_view(stream.bytes).substr(0, cut));
      c.feed(std::string_view(stream.bytes).substr(cut));
      ASSERT_EQ(c.seen, stream.expected) << "round " << round << ", cut at " << cut;
      ASSERT_TRUE(c.reader.is_idle());
    }
  }
}

TEST(WebSocketSplit, ByteByByteGivesTheSameMessages) {
  Random random(2);
  for (int round = 0; round < 200; ++round) {
    const Stream stream = random_stream(random);
    Connection c(true);
    for (const char& byte : stream.bytes) c.feed({&byte, 1});
    ASSERT_EQ(c.seen, stream.expected) << "round " << round;
  }
}

TEST(WebSocketSplit, RandomChunksGiveTheSameMessages) {
  Random random(3);
  for (int round = 0; round < 2000; ++round) {
    const Stream stream = random_stream(random);
    Connection c(true);
    const std::size_t longest = 1 + below(random, 200);
    for (std::size_t at = 0; at < stream.bytes.size();) {
      const std::size_t size = std::min(stream.bytes.size() - at, 1 + below(random, longest));
      c.feed(std::string_view(stream.bytes).substr(at, size));
      at += size;
    }
    ASSERT_EQ(c.seen, stream.expected) << "round " << round;
    ASSERT_TRUE(c.reader.is_idle());
  }
}

TEST(WebSocketSplit, ATruncatedStreamDeliversExactlyWhatIsComplete) {
  Random random(4);
  for (int round = 0; round < 60; ++round) {
    const Stream stream = random_stream(random);
    for (std::size_t end = 0; end < stream.bytes.size(); ++end) {
      Connection c(true);
      c.feed(std::string_view(stream.bytes).substr(0, end));
      std::vector<Seen> due;
      for (std::size_t i = 0; i < stream.expected.size() && stream.complete_at[i] <= end; ++i)
        due.push_back(stream.expected[i]);
      ASSERT_EQ(c.seen, due) << "round " << round << ", " << end << " of " << stream.bytes.size();
    }
  }
}

// Whatever arrives: no crash, no endless loop, at most one last event, memory within bounds.
TEST(WebSocketSplit, DamagedStreamsEndInOneErrorAtMost) {
  Random random(5);
  for (int round = 0; round < 4000; ++round) {
    Stream stream = random_stream(random);
    for (std::size_t i = 1 + below(random, 4); i > 0; --i) {
      stream.bytes[below(random, stream.bytes.size())] = static_cast<char>(random());
    }
    Connection c(true, {.max_message_bytes = 2000});
    for (std::size_t at = 0; at < stream.bytes.size();) {
      const std::size_t size = std::min(stream.bytes.size() - at, 1 + below(random, 50));
      c.feed(std::string_view(stream.bytes).substr(at, size));
      at += size;
      ASSERT_LE(c.reader.buffered_bytes(), 2000u + 250u + 1024u);
    }
    const auto is_last = [](const Seen& seen) {
      return seen.kind == WebSocketEvent::Kind::error || seen.kind == WebSocketEvent::Kind::close;
    };
    for (std::size_t i = 0; i + 1 < c.seen.size(); ++i) ASSERT_FALSE(is_last(c.seen[i]));
    ASSERT_EQ(c.reader.has_ended(), !c.seen.empty() && is_last(c.seen.back()));
  }
}

}  // namespace
}  // namespace signaling::protocol::test
