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

struct Compression::Stream {
  z_stream z{};
  ~Stream() { deflateEnd(&z); }
};

Compression::Compression(std::string body, ContentCoding coding, int level)
    : body_(std::move(body)), stream_(std::make_unique<Stream>()) {
  z_stream& z = stream_->z;
  const int window_bits = coding == ContentCoding::gzip ? 15 + 16 : 15;
  if (deflateInit2(&z, level, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY) != Z_OK) throw std::bad_alloc();
  out_.resize(deflateBound(&z, static_cast<uLong>(body_.size())));
  z.next_in = reinterpret_cast<Bytef*>(body_.data());
  z.next_out = reinterpret_cast<Bytef*>(out_.data());
  z.avail_out = static_cast<uInt>(out_.size());
}

Compression::~Compression() = default;

bool Compression::advance(std::size_t bytes) {
  z_stream& z = stream_->z;
  const std::size_t rest = body_.size() - z.total_in;
  z.avail_in = static_cast<uInt>(std::min(rest, bytes));
  const bool is_last = z.avail_in == rest;
  deflate(&z, is_last ? Z_FINISH : Z_NO_FLUSH);  // cannot fail: the output has room for the worst case
  return is_last;
}

std::string Compression::take() {
  out_.resize(stream_->z.total_out);
  return std::move(out_);
}

std::string compress(std::string_view body, ContentCoding coding, int level) {
  if (coding == ContentCoding::identity) return std::string(body);
  Compression compression(std::string(body), coding, level);
  compression.advance(body.size());
  return compression.take();
}

ContentCoding choose_coding(const engine::HttpRequest& request, const CompressionOptions& options, engine::HttpReply& reply) {
  if (reply.body.size() < options.threshold_bytes) return ContentCoding::identity;
  add_vary(reply.headers, "Accept-Encoding");
  const ContentCoding coding = negotiate_coding(request.header("Accept-Encoding"));
  if (coding != ContentCoding::identity) reply.headers.emplace_back("Content-Encoding", to_string(coding));
  return coding;
}

}  // namespace signaling::net
