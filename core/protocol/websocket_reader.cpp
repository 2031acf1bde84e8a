#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include <simdjson.h>

#include <signaling/protocol/websocket_reader.hpp>
#include <signaling/protocol/websocket_writer.hpp>

#include "websocket_header.hpp"
#include "websocket_utf8.hpp"

namespace signaling::protocol {
namespace {

constexpr std::uint16_t protocol_error = 1002;
constexpr std::uint16_t no_status = 1005;
constexpr std::uint16_t bad_data = 1007;
constexpr std::uint16_t policy_violation = 1008;
constexpr std::uint16_t too_big = 1009;

constexpr std::string_view not_utf8 = "text is not UTF-8";

/// A loop keeps its last reassembled message up to this size; more is given back.
constexpr std::size_t kept_bytes = 64 * 1024;

/// Compressed payloads are kept until their message is complete. Deflate makes data that does not compress a little larger, by
/// far less than this; who sends more sends nonsense.
std::size_t max_compressed_bytes(std::size_t max_message_bytes) noexcept {
  const std::uint64_t bytes = std::uint64_t{max_message_bytes} + max_message_bytes / 8 + 1024;
  return static_cast<std::size_t>(std::min<std::uint64_t>(bytes, 0xFFFFFFFFu));  // what zlib takes at once
}

}  // namespace

/// What is kept while a frame or a message is incomplete.
struct WebSocketReader::Partial {
  enum class Stage : std::uint8_t { between_frames, header, payload };

  std::string message;   ///< unmasked payload of the message so far; compressed where the message is
  std::size_t told = 0;  ///< bytes of it that `take_growth` has given
  FrameHead frame;       ///< stage payload: the frame under way, its key turned to the next byte
  std::uint64_t remaining = 0;
  std::uint32_t fragments = 0;
  std::uint32_t control_frames = 0;  ///< since the message began
  Stage stage = Stage::between_frames;
  bool message_open = false;  ///< its first frame has begun, its last has not ended
  bool is_binary = false;
  bool compressed = false;
  Utf8Stream utf8;
  std::uint8_t held = 0;  ///< bytes used in `bytes`
  /// Stage header: the bytes of the head so far. Stage payload of a control frame: its payload so far.
  std::array<char, max_control_payload_bytes> bytes{};
};

void WebSocketReadContext::trim() noexcept {
  inflater_.trim();
  if (assembled_.capacity() > kept_bytes) std::string().swap(assembled_);
}

WebSocketReader::WebSocketReader(bool deflate) noexcept : deflate_(deflate) {}
WebSocketReader::WebSocketReader(WebSocketReader&& other) noexcept = default;
WebSocketReader& WebSocketReader::operator=(WebSocketReader&& other) noexcept = default;
WebSocketReader::~WebSocketReader() = default;

std::size_t WebSocketReader::buffered_bytes() const noexcept { return partial_ == nullptr ? 0 : partial_->message.size(); }

std::string_view WebSocketReader::take_growth(std::size_t least) noexcept {
  if (partial_ == nullptr || partial_->is_binary || partial_->compressed) return {};
  if (partial_->message.size() - partial_->told < least) return {};
  partial_->told = partial_->message.size();
  return partial_->message;
}

WebSocketEvent WebSocketReader::next(WebSocketReadContext& context, std::span<char>& input) {
  if (partial_ == nullptr && !ended_) {
    const UsualFrame frame = usual_frame(input);
    if (frame.head != 0 && frame.length <= context.limits().max_message_bytes) {
      const std::span<char> payload = input.subspan(frame.head, frame.length);
      std::array<char, 4> key{};
      std::memcpy(key.data(), payload.data() - key.size(), key.size());
      input = input.subspan(frame.head + payload.size());
      const bool is_ascii = unmask(payload, key);
      if (!is_ascii && !frame.is_binary && !simdjson::validate_utf8(payload.data(), payload.size()))
        return fail(bad_data, not_utf8);
      return {WebSocketEvent::Kind::message, frame.is_binary, 0, {payload.data(), payload.size()}};
    }
  }
  while (!ended_ && !input.empty()) {
    const bool in_payload = partial_ != nullptr && partial_->stage == Partial::Stage::payload;
    const WebSocketEvent event = in_payload ? continue_frame(context, input) : read_header(context, input);
    if (event.kind != WebSocketEvent::Kind::none) return event;
  }
  input = {};
  return {};
}

WebSocketEvent WebSocketReader::fail(std::uint16_t code, std::string_view why) noexcept {
  ended_ = true;
  partial_.reset();
  return {WebSocketEvent::Kind::error, false, code, why};
}

WebSocketReader::Partial& WebSocketReader::hold() {
  if (partial_ == nullptr) partial_ = std::make_unique<Partial>();
  return *partial_;
}

void WebSocketReader::release_if_idle() noexcept {
  if (partial_ != nullptr && partial_->stage == Partial::Stage::between_frames && !partial_->message_open) partial_.reset();
}

WebSocketEvent WebSocketReader::read_header(WebSocketReadContext& context, std::span<char>& input) {
  if (partial_ == nullptr || partial_->stage == Partial::Stage::between_frames) {
    FrameHead header;
    if (input.size() >= 2) {
      header = parse_frame_head(input);
      // Judged by its first two bytes already: nobody waits for the rest of a frame that is refused anyway.
      if (const char* why = check_header(header)) return fail(protocol_error, why);
      if (header.size != 0) {
        input = input.subspan(header.size);
        return start_frame(context, header, input);
      }
    }
    Partial& partial = hold();
    partial.stage = Partial::Stage::header;
    partial.held = static_cast<std::uint8_t>(input.size());
    std::copy(input.begin(), input.end(), partial.bytes.begin());
    input = {};
    return {};
  }
  Partial& partial = *partial_;
  while (!input.empty()) {
    partial.bytes[partial.held++] = input.front();
    input = input.subspan(1);
    if (partial.held < 2) continue;
    const FrameHead header = parse_frame_head({partial.bytes.data(), partial.held});
    if (const char* why = check_header(header)) return fail(protocol_error, why);
    if (header.size == 0) continue;
    partial.stage = Partial::Stage::between_frames;
    release_if_idle();
    return start_frame(context, header, input);
  }
  return {};
}

const char* WebSocketReader::check_header(const FrameHead& header) const noexcept {
  const bool continues = partial_ != nullptr && partial_->message_open;
  if (header.rsv23) return "reserved bit set";
  if (!header.is_known()) return "reserved opcode";
  if (!header.masked) return "frame is not masked";
  if (header.rsv1 && !(deflate_ && (header.opcode == Opcode::text || header.opcode == Opcode::binary))) {
    return "RSV1 set where nothing may be compressed";
  }
  if (header.is_control()) {
    if (!header.final) return "fragmented control frame";
    if (header.length > max_control_payload_bytes || !header.minimal) return "control frame too long";
    return nullptr;
  }
  if (continues != (header.opcode == Opcode::continuation)) {
    return continues ? "new message inside a fragmented one" : "continuation of nothing";
  }
  if (header.size == 0) return nullptr;  // the length is not known yet
  if (header.length >> 63 != 0) return "length over 63 bits";
  if (!header.minimal) return "length not in its shortest form";
  return nullptr;
}

WebSocketEvent WebSocketReader::start_frame(WebSocketReadContext& context, const FrameHead& header, std::span<char>& input) {
  const WebSocketLimits& limits = context.limits();
  const bool continues = partial_ != nullptr && partial_->message_open;
  if (header.is_control()) {
    if (continues && ++partial_->control_frames > limits.max_control_frames) {
      return fail(policy_violation, "too many control frames within a message");
    }
  } else {
    const bool compressed = continues ? partial_->compressed : header.rsv1;
    const std::size_t so_far = continues ? partial_->message.size() : 0;
    const std::size_t limit = compressed ? max_compressed_bytes(limits.max_message_bytes) : limits.max_message_bytes;
    if (header.length > limit || so_far > limit - header.length) return fail(too_big, "message too big");
    if (continues && partial_->fragments >= limits.max_fragments) return fail(too_big, "too many fragments");
  }

  // The common case: the frame lies whole in what was received, and nothing of it needs to be kept.
  if (header.length <= input.size() && (header.is_control() || (header.final && !continues))) {
    const std::span<char> payload = input.first(static_cast<std::size_t>(header.length));
    input = input.subspan(payload.size());
    const bool is_ascii = unmask(payload, header.key);
    const std::string_view bytes(payload.data(), payload.size());
    if (header.is_control()) return control_frame(header.opcode, bytes);
    if (is_ascii && !header.rsv1) return {WebSocketEvent::Kind::message, header.opcode == Opcode::binary, 0, bytes};
    return whole_message(context, header.opcode == Opcode::binary, header.rsv1, bytes);
  }

  Partial& partial = hold();
  if (!header.is_control()) {
    if (!continues) {
      partial.message_open = true;
      partial.is_binary = header.opcode == Opcode::binary;
      partial.compressed = header.rsv1;
    }
    ++partial.fragments;
  }
  partial.frame = header;
  partial.remaining = header.length;
  partial.held = 0;
  partial.stage = Partial::Stage::payload;
  return continue_frame(context, input);  // an empty fragment ends here and now
}

WebSocketEvent WebSocketReader::continue_frame(WebSocketReadContext& context, std::span<char>& input) {
  Partial& partial = *partial_;
  FrameHead& frame = partial.frame;
  const std::span<char> piece = input.first(static_cast<std::size_t>(std::min<std::uint64_t>(partial.remaining, input.size())));
  input = input.subspan(piece.size());
  const bool is_ascii = unmask(piece, frame.key);
  frame.key = rotate_key(frame.key, piece.size());
  partial.remaining -= piece.size();
  const std::string_view bytes(piece.data(), piece.size());

  if (frame.is_control()) {
    std::copy(bytes.begin(), bytes.end(), partial.bytes.begin() + partial.held);
    partial.held = static_cast<std::uint8_t>(partial.held + bytes.size());
    if (partial.remaining > 0) return {};
    partial.stage = Partial::Stage::between_frames;
    const Opcode opcode = frame.opcode;
    context.assembled_.assign(partial.bytes.data(), partial.held);
    release_if_idle();
    return control_frame(opcode, context.assembled_);
  }

  const bool is_plain_text = !partial.is_binary && !partial.compressed;
  const bool is_surely_utf8 = is_ascii && partial.utf8.is_complete();
  if (is_plain_text && !is_surely_utf8 && !partial.utf8.feed(bytes)) return fail(bad_data, not_utf8);
  partial.message.append(bytes);
  if (partial.remaining > 0) return {};
  partial.stage = Partial::Stage::between_frames;
  if (!frame.final) return {};
  if (is_plain_text && !partial.utf8.is_complete()) return fail(bad_data, "text ends within a character");

  const std::unique_ptr<Partial> complete = std::move(partial_);
  context.assembled_ = std::move(complete->message);
  if (is_plain_text) return {WebSocketEvent::Kind::message, false, 0, context.assembled_};
  return whole_message(context, complete->is_binary, complete->compressed, context.assembled_);
}

WebSocketEvent WebSocketReader::whole_message(WebSocketReadContext& context, bool is_binary, bool compressed,
                                              std::string_view payload) {
  if (compressed) {
    const auto inflated = context.inflater_.inflate(payload, context.limits().max_message_bytes);
    if (!inflated) {
      if (inflated.error() == InflateError::too_large) return fail(too_big, "message too big after inflation");
      return fail(bad_data, "malformed compressed data");
    }
    payload = *inflated;
  }
  if (!is_binary && !simdjson::validate_utf8(payload.data(), payload.size())) return fail(bad_data, not_utf8);
  return {WebSocketEvent::Kind::message, is_binary, 0, payload};
}

WebSocketEvent WebSocketReader::control_frame(Opcode opcode, std::string_view payload) noexcept {
  if (opcode == Opcode::ping) return {WebSocketEvent::Kind::ping, false, 0, payload};
  if (opcode == Opcode::pong) return {WebSocketEvent::Kind::pong, false, 0, payload};
  std::uint16_t code = no_status;
  if (payload.size() == 1) return fail(protocol_error, "close frame of one byte");
  if (payload.size() >= 2) {
    code = static_cast<std::uint16_t>(static_cast<std::uint8_t>(payload[0]) << 8 | static_cast<std::uint8_t>(payload[1]));
    payload.remove_prefix(2);
    if (!is_close_code_on_wire(code)) return fail(protocol_error, "close code that may not be sent");
    if (!simdjson::validate_utf8(payload.data(), payload.size())) return fail(bad_data, "close reason is not UTF-8");
  }
  ended_ = true;
  partial_.reset();
  return {WebSocketEvent::Kind::close, false, code, payload};
}

}  // namespace signaling::protocol
