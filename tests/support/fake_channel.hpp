#pragma once
// A WebSocket connection without a socket: records what is sent, and plays the client.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <signaling/engine/websocket_channel.hpp>

namespace signaling::test {

class FakeChannel final : public engine::WebSocketChannel {
 public:
  struct Frame {
    bool is_binary = false;
    std::string data;
    bool compress = true;
  };

  explicit FakeChannel(engine::WebSocketHandler& handler) : handler_(&handler) {}

  void send(const protocol::MessagePtr& message) override {
    expect_usable("send");
    using Kind = protocol::OutboundMessage::Kind;
    frames_.push_back({message->kind() == Kind::binary, std::string(message->payload()), message->compress()});
    if (stalled_) queued_bytes_ += message->frame().size();
  }
  std::size_t queued_bytes() const override { return queued_bytes_; }
  bool is_writable() const override { return queued_bytes_ == 0; }
  void close(std::uint16_t code) override {
    expect_usable("close");
    close_code_ = code;
    handler_ = nullptr;
  }
  void abandon() override {
    expect_usable("abandon");
    abandoned_ = true;
    handler_ = nullptr;
  }
  void set_handler(engine::WebSocketHandler& handler) override {
    expect_usable("set_handler");
    handler_ = &handler;
  }
  void set_reading(bool reading) override {
    expect_usable("set_reading");
    reading_ = reading;
  }

  // What the code under test did.

  const std::vector<Frame>& frames() const { return frames_; }
  /// Payloads sent since the last call.
  std::vector<std::string> take() {
    std::vector<std::string> payloads;
    for (Frame& frame : frames_) payloads.push_back(std::move(frame.data));
    frames_.clear();
    return payloads;
  }
  /// Code given to `close`; nullopt while it was not called.
  std::optional<std::uint16_t> close_code() const { return close_code_; }
  bool is_abandoned() const { return abandoned_; }
  /// The code under test takes messages.
  bool is_reading() const { return reading_; }
  /// Neither closed, abandoned nor gone.
  bool is_open() const { return handler_ != nullptr; }

  // The client's part. After the end of the connection nothing is delivered, as `net` does it.

  void receive(std::string_view text) { deliver(false, text); }
  void receive_binary(std::string_view bytes) { deliver(true, bytes); }
  /// A text message has come so far.
  void receive_partial(std::string_view text) {
    const std::string copy(text);
    if (handler_ != nullptr) handler_->on_websocket_partial(copy);
  }
  /// A close frame from the client (`clean`), or the end of the connection without one.
  void client_closes(std::uint16_t code = 1005, bool clean = true) {
    if (handler_ != nullptr) std::exchange(handler_, nullptr)->on_websocket_closed(code, clean);
  }
  void connection_lost() { client_closes(1006, false); }
  /// The client stops reading: what is sent from now on stays queued.
  void stall() { stalled_ = true; }
  /// The client reads again: everything queued is written.
  void drain() {
    stalled_ = false;
    queued_bytes_ = 0;
    if (handler_ != nullptr) handler_->on_websocket_drained();
  }

 private:
  void deliver(bool is_binary, std::string_view data) {
    if (handler_ == nullptr) return;
    const std::string copy(data);  // exactly as long as the call: views kept past it are caught by the address sanitizer
    handler_->on_websocket_message(is_binary, copy);
  }
  void expect_usable(const char* what) const {
    if (handler_ == nullptr) ADD_FAILURE() << "WebSocketChannel::" << what << " after the end of the connection";
  }

  engine::WebSocketHandler* handler_;
  std::vector<Frame> frames_;
  std::optional<std::uint16_t> close_code_;
  bool abandoned_ = false;
  bool stalled_ = false;
  bool reading_ = true;
  std::size_t queued_bytes_ = 0;
};

}  // namespace signaling::test
