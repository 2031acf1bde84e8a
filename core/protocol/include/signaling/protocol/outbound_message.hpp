#pragma once
// One encoded message, shared by every connection that sends it.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

namespace signaling::protocol {

/// A whole Engine.IO packet, encoded once: a reference-counted block that holds the RFC 6455 frame (server to client,
/// unmasked, one final fragment), of which the payload is also what polling sends.
///   text:   payload begins with the Engine.IO type digit (`4…`, `2`, `6` …)
///   binary: payload is the raw bytes; WebSocket sends them as they are, polling as `b` + base64.
/// Immutable after it is made but for the cached deflated frame; [any thread].
class OutboundMessage {
 public:
  enum class Kind : std::uint8_t { text, binary };

  Kind kind() const noexcept { return kind_; }
  std::string_view payload() const noexcept { return {data() + max_header, payload_size_}; }
  /// Frame header and payload, ready for a socket.
  std::string_view frame() const noexcept {
    return {data() + max_header - header_size_, std::size_t{header_size_} + payload_size_};
  }
  bool compress() const noexcept { return compress_; }

  /// The same message as a permessage-deflate frame without context takeover (so it too can be shared), made by whoever needs
  /// it first; nullptr while nobody did. 15-bit window.
  const OutboundMessage* deflated() const noexcept { return deflated_.load(std::memory_order_acquire); }
  /// Keeps `frame` unless another thread was first. Takes over one reference in any case; returns what is kept.
  const OutboundMessage* keep_deflated(const OutboundMessage* frame) const noexcept;

  void add_ref() const noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
  void release() const noexcept {
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) destroy(this);
  }

 private:
  friend class MessagePtr;
  static constexpr std::size_t max_header = 10;
  OutboundMessage(Kind kind, bool compress, std::uint32_t payload_size, std::uint8_t first_byte) noexcept;
  static void destroy(const OutboundMessage* message) noexcept;
  const char* data() const noexcept { return reinterpret_cast<const char*>(this + 1); }
  char* data() noexcept { return reinterpret_cast<char*>(this + 1); }
  static OutboundMessage* allocate(Kind kind, bool compress, std::size_t payload_size, std::uint8_t first_byte);

  mutable std::atomic<std::uint32_t> references_{1};
  std::uint32_t payload_size_;
  mutable std::atomic<const OutboundMessage*> deflated_{nullptr};
  std::uint8_t header_size_;
  Kind kind_;
  bool compress_;
};

/// Owns one reference.
class MessagePtr {
 public:
  MessagePtr() = default;
  MessagePtr(const MessagePtr& other) noexcept : message_(other.message_) {
    if (message_ != nullptr) message_->add_ref();
  }
  MessagePtr(MessagePtr&& other) noexcept : message_(std::exchange(other.message_, nullptr)) {}
  MessagePtr& operator=(MessagePtr other) noexcept {
    std::swap(message_, other.message_);
    return *this;
  }
  ~MessagePtr() {
    if (message_ != nullptr) message_->release();
  }
  const OutboundMessage& operator*() const noexcept { return *message_; }
  const OutboundMessage* operator->() const noexcept { return message_; }
  const OutboundMessage* get() const noexcept { return message_; }
  explicit operator bool() const noexcept { return message_ != nullptr; }

  /// Text message whose payload is `prefix` and then the pieces. At most 4 GiB - 1.
  static MessagePtr text(std::string_view prefix, std::span<const std::string_view> pieces = {}, bool compress = true);
  static MessagePtr binary(std::span<const std::byte> bytes, bool compress = true);
  /// A frame with any first byte (FIN, RSV, opcode): control frames, deflated frames.
  static MessagePtr raw_frame(std::uint8_t first_byte, std::string_view payload);
  /// One more reference to a message that is known to be alive.
  static MessagePtr share(const OutboundMessage& message) noexcept {
    message.add_ref();
    return MessagePtr(&message);
  }
  /// Gives up ownership; the caller then owes one `release`.
  const OutboundMessage* detach() noexcept { return std::exchange(message_, nullptr); }

 private:
  explicit MessagePtr(const OutboundMessage* message) noexcept : message_(message) {}
  const OutboundMessage* message_ = nullptr;
};

}  // namespace signaling::protocol
