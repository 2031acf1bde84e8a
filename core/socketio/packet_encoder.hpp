#pragma once
// From an event, acknowledgement or control packet to the messages that connections send; encoded once for all recipients.

#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <signaling/plugin_api/values.hpp>
#include <signaling/protocol/outbound_message.hpp>
#include <signaling/protocol/socketio_packet.hpp>
#include <signaling/socketio/hooks.hpp>
#include <signaling/socketio/options.hpp>

namespace signaling::socketio {

/// One Socket.IO packet: its text (or msgpack) and its attachments, which always travel together. Most have none, and then
/// nothing is allocated. Copies share the messages.
class EncodedPacket {
 public:
  void push_back(protocol::MessagePtr message) {
    if (!first_) {
      first_ = std::move(message);
      return;
    }
    if (all_.empty()) all_.push_back(first_);
    all_.push_back(std::move(message));
  }
  bool empty() const noexcept { return !first_; }
  std::span<const protocol::MessagePtr> messages() const noexcept {
    if (!all_.empty()) return all_;
    return {&first_, first_ ? std::size_t{1} : std::size_t{0}};
  }

 private:
  protocol::MessagePtr first_;
  std::vector<protocol::MessagePtr> all_;  ///< first_ and its attachments; empty without any
};

/// One per loop, on it; `relayed_event` and `control` on any thread.
///
/// What a plugin hands over is not sent where it is larger than `Options::max_packet_bytes` allows or, where it is looked at
/// (`PayloadChecks`), is no packet: that is told as a fault of the plugin that runs.
class PacketEncoder {
 public:
  PacketEncoder(const Options& options, HookObserver& hooks);
  void set_options(const Options& options);
  Parser parser() const noexcept { return parser_; }

  /// Empty where it is refused, as `ack` is.
  EncodedPacket event(std::string_view namespace_name, const plugin_api::Payload& payload, std::uint64_t ack_id,
                      bool compress) const;
  /// An event that another node sent, which has checked it.
  EncodedPacket relayed_event(std::string_view namespace_name, const plugin_api::Payload& payload, std::uint64_t ack_id,
                              bool compress) const;
  EncodedPacket ack(std::string_view namespace_name, const plugin_api::Payload& payload, std::uint64_t ack_id) const;
  /// For what is sent to other nodes without being encoded here: checked as `event` does. False where it is refused.
  bool accepts(const plugin_api::Payload& payload) const;
  /// `json` may be empty.
  EncodedPacket control(protocol::PacketType type, std::string_view namespace_name, std::string_view json) const;

 private:
  EncodedPacket encode(protocol::PacketType type, std::string_view namespace_name, std::uint64_t ack_id,
                       const plugin_api::Payload& payload, bool compress) const;
  EncodedPacket encode_of_plugin(protocol::PacketType type, std::string_view namespace_name, std::uint64_t ack_id,
                                 const plugin_api::Payload& payload, bool compress) const;
  /// One in so many payloads is to be looked at.
  bool is_due() const noexcept {
    if (--until_check_ != 0) [[likely]]
      return false;
    until_check_ = check_interval_;
    return true;
  }
  bool is_well(const plugin_api::Payload& payload, bool is_event) const;
  bool fits(std::size_t bytes) const { return bytes <= max_bytes_ || refuse_large(bytes); }
  /// False.
  bool refuse_large(std::size_t bytes) const;

  HookObserver& hooks_;
  Parser parser_;
  std::size_t max_bytes_ = 0;
  std::uint32_t check_interval_ = 1;
  mutable std::uint32_t until_check_ = 1;
};

}  // namespace signaling::socketio
