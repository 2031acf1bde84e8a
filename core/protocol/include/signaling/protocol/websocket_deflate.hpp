#pragma once
// permessage-deflate (RFC 7692): what is agreed on in the handshake, and the frames sent under it.
// The answer always contains server_no_context_takeover and client_no_context_takeover: no connection then keeps a
// compressor, and one deflated frame serves every recipient.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <signaling/protocol/outbound_message.hpp>

struct z_stream_s;

namespace signaling::protocol {

struct DeflateAgreement {
  /// Window of what the server sends, 9 … 15.
  std::uint8_t server_window_bits = 15;
  /// The client named server_max_window_bits, so that the answer must.
  bool names_window_bits = false;

  /// Value of Sec-WebSocket-Extensions in the answer.
  std::string header_value() const;
};

/// Chooses the first acceptable offer of Sec-WebSocket-Extensions (several header lines joined by `,`). An offer with unknown,
/// repeated or invalid parameters is declined, as is server_max_window_bits=8, which zlib cannot produce; other extensions are
/// passed over. nullopt: no compression, no header in the answer. Pure.
std::optional<DeflateAgreement> accept_deflate_offer(std::string_view extensions);

struct DeflateOptions {
  std::size_t threshold_bytes = 1024;  ///< smaller payloads are sent as they are
  int level = 3;                       ///< 1 … 9, as zlib
};

/// One per loop; a compressor per window size is made when first needed. One thread.
class WebSocketDeflater {
 public:
  explicit WebSocketDeflater(const DeflateOptions& options = {}) noexcept : options_(options) {}
  ~WebSocketDeflater();
  WebSocketDeflater(const WebSocketDeflater&) = delete;
  WebSocketDeflater& operator=(const WebSocketDeflater&) = delete;

  /// The frame to send for `message` on a connection with this agreement: a deflated one (RSV1), or `message` itself where it
  /// is below the threshold, not to be compressed, or a frame of its own (control, already deflated). With a 15-bit window the
  /// deflated frame is made once and kept in the message for every loop; else it is made anew.
  MessagePtr frame_for(const MessagePtr& message, const DeflateAgreement& agreement);

 private:
  struct End {
    void operator()(z_stream_s* stream) const noexcept;
  };
  using Stream = std::unique_ptr<z_stream_s, End>;
  MessagePtr deflate(const OutboundMessage& message, std::uint8_t window_bits);

  DeflateOptions options_;
  std::array<Stream, 16> streams_;  ///< by window bits
  std::string output_;
};

}  // namespace signaling::protocol
