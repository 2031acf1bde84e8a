#include <algorithm>
#include <new>
#include <utility>

#include <zlib.h>

#include <signaling/net/http_compression.hpp>

#include "header_text.hpp"

namespace signaling::net {
namespace {

/// Weight in thousandths; malformed ones count as 0, so that nothing is sent that might not be wanted.
int weight_of(std::string_view parameters) noexcept {
  while (!parameters.empty()) {
    const std::string_view parameter = take_element(parameters, ';');
    if (parameter.size() < 2 || (parameter[0] != 'q' && parameter[0] != 'Q') || parameter[1] != '=') continue;
    const std::string_view value = trim(parameter.substr(2));
    if (value.empty() || (value[0] != '0' && value[0] != '1') || (value.size() > 1 && value[1] != '.') || value.size() > 5)
      return 0;
    int weight = (value[0] - '0') * 1000;
    int unit = 100;
    for (const char digit : value.substr(std::min<std::size_t>(2, value.size()))) {
      if (digit < '0' || digit > '9') return 0;
      weight += (digit - '0') * unit;
      unit /= 10;
    }
    return std::min(weight, 1000);
  }
  return 1000;
}

}  // namespace

std::string_view to_string(ContentCoding coding) noexcept {
  switch (coding) {
    case ContentCoding::gzip: return "gzip";
    case ContentCoding::deflate: return "deflate";
    case ContentCoding::identity: break;
  }
  return {};
}

ContentCoding negotiate_coding(std::string_view accept_encoding) noexcept {
  constexpr int unnamed = -1;
  int gzip = unnamed;
  int deflate = unnamed;
  int identity = unnamed;
  int any = unnamed;
  while (!accept_encoding.empty()) {
    std::string_view element = take_element(accept_encoding);
    const std::string_view name = take_element(element, ';');
    const int weight = weight_of(element);
    if (equals_ignoring_case(name, "gzip") || equals_ignoring_case(name, "x-gzip")) gzip = std::max(gzip, weight);
    if (equals_ignoring_case(name, "deflate")) deflate = std::max(deflate, weight);
    if (equals_ignoring_case(name, "identity")) identity = std::max(identity, weight);
    if (name == "*") any = std::max(any, weight);
  }
  if (gzip == unnamed) gzip = std::max(any, 0);
  if (deflate == unnamed) deflate = std::max(any, 0);
  const int best = std::max(gzip, deflate);
  if (best == 0 || identity > best) return ContentCoding::identity;
  return gzip == best ? ContentCoding::gzip : ContentCoding::deflate;
}

std::string compress(std::string_view body, ContentCoding coding, int level) {
  if (coding == ContentCoding::identity) return std::string(body);
  z_stream stream{};
  const int window_bits = coding == ContentCoding::gzip ? 15 + 16 : 15;
  if (deflateInit2(&stream, level, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY) != Z_OK) throw std::bad_alloc();
  std::string out(deflateBound(&stream, static_cast<uLong>(body.size())), '\0');
  stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(body.data()));
  stream.avail_in = static_cast<uInt>(body.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);  // cannot fail: the output has room for the worst case
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

void compress_reply(const engine::HttpRequest& request, const CompressionOptions& options, engine::HttpReply& reply) {
  if (reply.body.size() < options.threshold_bytes) return;
  add_vary(reply.headers, "Accept-Encoding");
  const ContentCoding coding = negotiate_coding(request.header("Accept-Encoding"));
  if (coding == ContentCoding::identity) return;
  reply.body = compress(reply.body, coding, options.level);
  reply.headers.emplace_back("Content-Encoding", to_string(coding));
}

}  // namespace signaling::net
