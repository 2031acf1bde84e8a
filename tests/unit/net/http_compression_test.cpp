#include <string>

#include <gtest/gtest.h>
#include <zlib.h>

#include <signaling/net/http_compression.hpp>

namespace signaling::net {
namespace {

std::string inflated(const std::string& body, int window_bits) {
  z_stream stream{};
  inflateInit2(&stream, window_bits);
  std::string out(1 << 20, '\0');
  stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(body.data()));
  stream.avail_in = static_cast<uInt>(body.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}

TEST(NegotiateCoding, TakesWhatTheClientLikesBest) {
  struct Case {
    std::string_view header;
    ContentCoding expected;
  };
  for (const Case& one : {Case{"", ContentCoding::identity},
                          {"gzip, deflate, br", ContentCoding::gzip},
                          {"deflate, gzip", ContentCoding::gzip},
                          {"deflate", ContentCoding::deflate},
                          {"DEFLATE;Q=0.5", ContentCoding::deflate},
                          {"gzip;q=0.5, deflate;q=0.8", ContentCoding::deflate},
                          {"gzip; q=0.501 ,deflate;q=0.5", ContentCoding::gzip},
                          {"gzip;q=0", ContentCoding::identity},
                          {"gzip;q=0, *", ContentCoding::deflate},
                          {"*", ContentCoding::gzip},
                          {"*;q=0", ContentCoding::identity},
                          {"identity", ContentCoding::identity},
                          {"identity;q=0.9, gzip;q=0.5", ContentCoding::identity},
                          {"identity;q=0.5, gzip;q=0.5", ContentCoding::gzip},
                          {"br, zstd", ContentCoding::identity},
                          {"x-gzip", ContentCoding::gzip},
                          {"gzip;q=2", ContentCoding::identity},
                          {"gzip;q=1.0001", ContentCoding::identity},
                          {"gzip;q=abc", ContentCoding::identity},
                          {"gzip;level=1;q=0.3", ContentCoding::gzip},
                          {",,;,gzip", ContentCoding::gzip}})
    EXPECT_EQ(negotiate_coding(one.header), one.expected) << one.header;
}

TEST(Compress, IsUndoneByInflate) {
  std::string body;
  for (int i = 0; i < 1000; ++i) body += std::to_string(i * 7919);
  EXPECT_EQ(inflated(compress(body, ContentCoding::gzip, 6), 15 + 16), body);
  EXPECT_EQ(inflated(compress(body, ContentCoding::deflate, 1), 15), body);
  EXPECT_EQ(compress(body, ContentCoding::identity, 6), body);
}

TEST(Compression, TakesTheBodyPieceByPiece) {
  std::string body;
  for (int i = 0; i < 20'000; ++i) body += std::to_string(i * 7919);
  for (const std::size_t piece : {std::size_t{1000}, body.size() - 1, body.size()}) {
    Compression compression(body, ContentCoding::gzip, 6);
    std::size_t pieces = 1;
    while (!compression.advance(piece)) ++pieces;
    EXPECT_EQ(pieces, (body.size() + piece - 1) / piece);
    EXPECT_EQ(inflated(compression.take(), 15 + 16), body);
  }
}

TEST(Compression, WaitsWhereNothingMayBeTaken) {
  Compression compression("a body", ContentCoding::deflate, 6);
  EXPECT_FALSE(compression.advance(0));
  EXPECT_TRUE(compression.advance(100));
  EXPECT_EQ(inflated(compression.take(), 15), "a body");
}

TEST(ChooseCoding, LeavesShortBodiesAsTheyAre) {
  engine::HttpRequest request;
  request.headers = {{"Accept-Encoding", "gzip"}};
  CompressionOptions options;
  engine::HttpReply reply;
  reply.body = std::string(1023, 'x');
  EXPECT_EQ(choose_coding(request, options, reply), ContentCoding::identity);
  EXPECT_TRUE(reply.headers.empty());
  reply.body += 'x';
  EXPECT_EQ(choose_coding(request, options, reply), ContentCoding::gzip);
  EXPECT_EQ(reply.headers,
            (std::vector<std::pair<std::string, std::string>>{{"Vary", "Accept-Encoding"}, {"Content-Encoding", "gzip"}}));
}

}  // namespace
}  // namespace signaling::net
