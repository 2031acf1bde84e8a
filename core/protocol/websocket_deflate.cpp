#include <new>

#include <boost/assert.hpp>
#include <zlib.h>

#include <signaling/protocol/websocket_deflate.hpp>

namespace signaling::protocol {
namespace {

constexpr std::uint8_t shared_window_bits = 15;
constexpr std::uint8_t final_rsv1 = 0xC0;
constexpr std::uint8_t text_opcode = 1;
constexpr std::uint8_t binary_opcode = 2;
constexpr int memory_level = 8;
constexpr std::size_t tail_bytes = 4;  // 00 00 FF FF, which the receiver adds again (RFC 7692 section 7.2.1)
constexpr std::size_t kept_bytes = 64 * 1024;

}  // namespace

WebSocketDeflater::~WebSocketDeflater() = default;

void WebSocketDeflater::End::operator()(z_stream_s* stream) const noexcept {
  deflateEnd(stream);
  delete stream;
}

MessagePtr WebSocketDeflater::frame_for(const MessagePtr& message, const DeflateAgreement& agreement) {
  // A frame of its own (control, already deflated) never asks to be compressed.
  if (!message->compress() || message->payload().size() < options_.threshold_bytes) return message;
  if (agreement.server_window_bits != shared_window_bits) return deflate(*message, agreement.server_window_bits);
  if (const OutboundMessage* kept = message->deflated()) return MessagePtr::share(*kept);
  return MessagePtr::share(*message->keep_deflated(deflate(*message, shared_window_bits).detach()));
}

MessagePtr WebSocketDeflater::deflate(const OutboundMessage& message, std::uint8_t window_bits) {
  BOOST_ASSERT(window_bits >= 9 && window_bits <= 15);
  Stream& owned = streams_[window_bits];
  if (owned == nullptr) {
    auto stream = std::make_unique<z_stream>();
    if (deflateInit2(stream.get(), options_.level, Z_DEFLATED, -int{window_bits}, memory_level, Z_DEFAULT_STRATEGY) != Z_OK) {
      throw std::bad_alloc();
    }
    owned.reset(stream.release());
  } else {
    deflateReset(owned.get());
  }
  z_stream& stream = *owned;
  const std::string_view payload = message.payload();
  // Room for what deflate makes of incompressible data and for the empty block of the flush: one call is enough.
  output_.resize(deflateBound(&stream, payload.size()) + 16);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(payload.data()));
  stream.avail_in = static_cast<uInt>(payload.size());
  stream.next_out = reinterpret_cast<Bytef*>(output_.data());
  stream.avail_out = static_cast<uInt>(output_.size());
  [[maybe_unused]] const int status = ::deflate(&stream, Z_SYNC_FLUSH);
  BOOST_ASSERT(status == Z_OK && stream.avail_in == 0 && stream.avail_out > 0);
  const std::size_t size = output_.size() - stream.avail_out - tail_bytes;
  const std::uint8_t opcode = message.kind() == OutboundMessage::Kind::text ? text_opcode : binary_opcode;
  MessagePtr frame = MessagePtr::raw_frame(final_rsv1 | opcode, {output_.data(), size});
  if (output_.capacity() > kept_bytes) std::string().swap(output_);
  return frame;
}

}  // namespace signaling::protocol
