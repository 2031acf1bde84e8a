#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <new>

#include <zlib.h>

#include <signaling/protocol/websocket_inflater.hpp>

namespace signaling::protocol {
namespace {

// The sender strips these four bytes, the end of an empty stored block (RFC 7692 section 7.2.1).
constexpr std::array<unsigned char, 4> stripped_tail{0x00, 0x00, 0xFF, 0xFF};
constexpr std::size_t first_capacity = 16 * 1024;
constexpr std::size_t kept_capacity = 64 * 1024;
constexpr std::size_t window_bytes = 32 * 1024;
// A message may consist of several DEFLATE streams (section 7.2.3.4); each costs a reset and a copied window, so not of any
// number of them.
constexpr int max_streams = 16;

bool at_block_boundary(const z_stream& stream) noexcept { return (stream.data_type & 128) != 0; }

}  // namespace

WebSocketInflater::WebSocketInflater() noexcept = default;
WebSocketInflater::~WebSocketInflater() = default;

void WebSocketInflater::End::operator()(z_stream_s* stream) const noexcept {
  inflateEnd(stream);
  delete stream;
}

void WebSocketInflater::trim() noexcept {
  if (capacity_ <= kept_capacity) return;
  output_.reset();
  capacity_ = 0;
}

bool WebSocketInflater::grow(std::size_t limit) {
  if (capacity_ >= limit) return false;
  const std::size_t capacity = std::min(limit, std::max(first_capacity, capacity_ * 2));
  auto larger = std::make_unique_for_overwrite<char[]>(capacity);
  if (capacity_ > 0) std::memcpy(larger.get(), output_.get(), capacity_);
  output_ = std::move(larger);
  capacity_ = capacity;
  return true;
}

boost::system::result<std::string_view, InflateError> WebSocketInflater::inflate(std::string_view compressed,
                                                                                 std::size_t max_bytes) {
  if (stream_ == nullptr) {
    auto stream = std::make_unique<z_stream>();
    if (inflateInit2(stream.get(), -MAX_WBITS) != Z_OK) throw std::bad_alloc();
    stream_.reset(stream.release());
  } else {
    inflateReset(stream_.get());
  }
  z_stream& stream = *stream_;
  const std::size_t limit = max_bytes + 1;  // the one byte more tells that it is too large
  std::size_t size = 0;
  int streams = 1;
  bool in_tail = false;
  bool ended = false;  // the last block was final, nothing has followed
  bool full = false;   // the output buffer was: inflate may still hold bytes though all input is taken
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(compressed.data()));
  stream.avail_in = static_cast<uInt>(compressed.size());

  for (;;) {
    if (stream.avail_in == 0 && !full) {
      if (in_tail || ended || compressed.empty()) break;
      in_tail = true;
      stream.next_in = const_cast<Bytef*>(stripped_tail.data());
      stream.avail_in = static_cast<uInt>(stripped_tail.size());
    }
    if (ended) {  // and more input follows
      if (++streams > max_streams) return InflateError::malformed;
      inflateReset(&stream);
      const std::size_t window = std::min(size, window_bytes);
      if (window > 0) {
        const auto* from = reinterpret_cast<const Bytef*>(output_.get() + size - window);
        inflateSetDictionary(&stream, from, static_cast<uInt>(window));
      }
      ended = false;
    }
    if (size >= std::min(capacity_, limit) && !grow(limit)) return InflateError::too_large;
    const std::size_t room = std::min({capacity_ - size, limit - size, std::size_t{std::numeric_limits<uInt>::max()}});
    stream.next_out = reinterpret_cast<Bytef*>(output_.get() + size);
    stream.avail_out = static_cast<uInt>(room);
    const int status = ::inflate(&stream, Z_SYNC_FLUSH);
    size += room - stream.avail_out;
    if (size > max_bytes) return InflateError::too_large;
    full = stream.avail_out == 0 && status != Z_STREAM_END;
    if (status == Z_STREAM_END) {
      ended = true;
    } else if (status == Z_MEM_ERROR) {
      throw std::bad_alloc();
    } else if (status != Z_OK && status != Z_BUF_ERROR) {
      return InflateError::malformed;
    }
  }
  if (!ended && !compressed.empty() && !at_block_boundary(stream)) return InflateError::malformed;
  return std::string_view(output_.get(), size);
}

}  // namespace signaling::protocol
