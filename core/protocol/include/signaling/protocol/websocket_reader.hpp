#pragma once
// Server side of RFC 6455 framing: the bytes of one connection in, whole messages out.
//
//   WebSocketReadContext context(limits);            // one per loop
//   WebSocketReader reader(deflate_was_negotiated);  // one per connection, 16 bytes while nothing is partial
//   …bytes were received into the loop's buffer…
//   std::span<char> input(buffer, received);
//   for (;;) {
//     const WebSocketEvent event = reader.next(context, input);
//     if (event.kind == WebSocketEvent::Kind::none) break;  // all of `input` is taken
//     …
//   }
//
// or, with a visitor: `reader.feed(context, input, visitor)`.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <signaling/protocol/websocket_inflater.hpp>

namespace signaling::protocol {

struct FrameHead;
enum class Opcode : std::uint8_t;

struct WebSocketLimits {
  /// Payload of one message, over all its fragments and after inflation; more ends in 1009, as soon as it is announced.
  std::size_t max_message_bytes = 1'000'000;
  /// Frames that one message may consist of; more ends in 1009.
  std::uint32_t max_fragments = 4096;
  /// Control frames between the fragments of one message; more ends in 1008.
  std::uint32_t max_control_frames = 256;
};

/// What all readers of one loop share: limits, the inflater, and the last reassembled message. One thread; not in use by two
/// readers at once (a visitor must not feed another reader with the same context).
class WebSocketReadContext {
 public:
  explicit WebSocketReadContext(const WebSocketLimits& limits = {}) : limits_(limits) {}
  const WebSocketLimits& limits() const noexcept { return limits_; }
  void set_limits(const WebSocketLimits& limits) noexcept { limits_ = limits; }
  /// Gives back what the last large message took; `WebSocketReader::feed` does so, a loop around `next` should at its end.
  void trim() noexcept;

 private:
  friend class WebSocketReader;
  WebSocketLimits limits_;
  WebSocketInflater inflater_;
  std::string assembled_;
};

/// One thing that arrived. `payload` is valid until `next` is called again with the same context or `input` is overwritten,
/// whether the reader still exists or not.
struct WebSocketEvent {
  enum class Kind : std::uint8_t {
    none,     ///< nothing more in what was given
    message,  ///< `payload`: unmasked, inflated, valid UTF-8 unless `is_binary`
    ping,     ///< `payload`: to be sent back in a pong
    pong,
    close,  ///< `code` as received, 1005 where there was none; `payload`: the reason, UTF-8. Last event.
    error,  ///< `code`: status to close with (1002, 1007, 1008, 1009); `payload`: why, static text. Last event.
  };
  Kind kind = Kind::none;
  bool is_binary = false;
  std::uint16_t code = 0;
  std::string_view payload;
};

/// Incremental reader of masked client frames. A frame that lies whole in the given bytes is unmasked in place and never
/// copied, and nothing is allocated for it; only a partial frame or a fragmented message is kept here, growing as bytes arrive
/// (an announced length allocates nothing), and is given back when complete.
/// Text is checked as it comes: the first byte that cannot be UTF-8 ends in 1007 though its frame is not complete.
/// May be destroyed between two calls. One thread. Source: RFC 6455 sections 5 to 8, RFC 7692 section 6.
class WebSocketReader {
 public:
  /// @param deflate permessage-deflate was negotiated, with client_no_context_takeover.
  explicit WebSocketReader(bool deflate = false) noexcept;
  WebSocketReader(WebSocketReader&& other) noexcept;
  WebSocketReader& operator=(WebSocketReader&& other) noexcept;
  ~WebSocketReader();

  /// Reads up to one event from the front of `input`, which is shortened by what was taken and written to (unmasking).
  /// `none` means that `input` is empty now. After `close` or `error` everything is ignored.
  WebSocketEvent next(WebSocketReadContext& context, std::span<char>& input);

  /// Reads all of `input` and calls
  ///   bool on_message(bool is_binary, std::string_view data)
  ///   bool on_ping(std::string_view payload)
  ///   bool on_pong(std::string_view payload)
  ///   void on_close(std::uint16_t code, std::string_view reason)
  ///   void on_error(std::uint16_t code, std::string_view why)
  /// The visitor returns false to stop: what is left of `input` is dropped and the reader not touched any more (it may have
  /// been destroyed). Returns true where more may be fed.
  template <class Visitor>
  bool feed(WebSocketReadContext& context, std::span<char> input, Visitor&& visitor) {
    bool more = true;
    while (more) {
      const WebSocketEvent event = next(context, input);
      switch (event.kind) {
        case WebSocketEvent::Kind::none: context.trim(); return !ended_;
        case WebSocketEvent::Kind::message: more = visitor.on_message(event.is_binary, event.payload); break;
        case WebSocketEvent::Kind::ping: more = visitor.on_ping(event.payload); break;
        case WebSocketEvent::Kind::pong: more = visitor.on_pong(event.payload); break;
        case WebSocketEvent::Kind::close:
          visitor.on_close(event.code, event.payload);
          more = false;
          break;
        case WebSocketEvent::Kind::error:
          visitor.on_error(event.code, event.payload);
          more = false;
          break;
      }
    }
    context.trim();
    return false;
  }

  /// True where no frame and no message is incomplete: a timeout for slow senders need not run.
  bool is_idle() const noexcept { return partial_ == nullptr; }
  /// True after `close` or `error`.
  bool has_ended() const noexcept { return ended_; }
  /// Bytes kept for an incomplete message.
  std::size_t buffered_bytes() const noexcept;
  /// Text of an incomplete message so far (unmasked; its last character may be incomplete) where it is at least `least` bytes
  /// longer than when this last gave it; else empty. Nothing of binary and compressed messages. Valid until `next` is called.
  std::string_view take_growth(std::size_t least) noexcept;

 private:
  struct Partial;

  WebSocketEvent fail(std::uint16_t code, std::string_view why) noexcept;
  WebSocketEvent read_header(WebSocketReadContext& context, std::span<char>& input);
  WebSocketEvent start_frame(WebSocketReadContext& context, const FrameHead& header, std::span<char>& input);
  WebSocketEvent continue_frame(WebSocketReadContext& context, std::span<char>& input);
  WebSocketEvent control_frame(Opcode opcode, std::string_view payload) noexcept;
  WebSocketEvent whole_message(WebSocketReadContext& context, bool is_binary, bool compressed, std::string_view payload);
  const char* check_header(const FrameHead& header) const noexcept;
  Partial& hold();
  void release_if_idle() noexcept;

  std::unique_ptr<Partial> partial_;
  bool deflate_ = false;
  bool ended_ = false;
};

}  // namespace signaling::protocol
