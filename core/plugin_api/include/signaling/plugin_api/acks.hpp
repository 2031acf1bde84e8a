#pragma once
// Events that clients answer: one lambda for the answer and for its absence, and a timeout with a unit.
//
//     emit_with_ack(socket, json::Pieces(R"(["ready?"])"), 5s, [](const Ack& ack) {
//       if (!ack) return;                                     // Status::timeout, closed, too_many
//       const bool is_ready = json::Value(ack.args).at(0).as<bool>(false);
//     });

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include <signaling/plugin_api/callbacks.hpp>
#include <signaling/plugin_api/namespaces.hpp>
#include <signaling/plugin_api/socket.hpp>
#include <signaling/plugin_api/values.hpp>

namespace signaling::plugin_api {

/// What came of it. Views live for the call.
struct Ack {
  Status status = Status::ok;
  std::string_view args = "[]";  ///< JSON array
  std::span<const Bytes> attachments = {};
  explicit operator bool() const noexcept { return status == Status::ok; }
};

/// What came from many; each part as in `BroadcastAckHandler`.
struct BroadcastAcks {
  Status status = Status::ok;
  std::span<const BroadcastAckHandler::Answer> answers;
  std::uint32_t expected = 0;
  std::span<const std::string_view> missing_nodes;
};

namespace detail {

/// What the border takes: 1 ms to an hour.
inline std::uint32_t ack_timeout_ms(std::chrono::milliseconds timeout) noexcept {
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(timeout.count(), 1, 3'600'000));
}

template <class F>
class OneAckHandler final : public AckHandler {
 public:
  explicit OneAckHandler(F f) : f_(std::move(f)) {}
  void on_ack(std::string_view args, std::span<const Bytes> attachments) override { f_(Ack{Status::ok, args, attachments}); }
  void on_failure(Status status) override { f_(Ack{status, "[]", {}}); }
  void release() noexcept override { delete this; }

 private:
  F f_;
};

}  // namespace detail

/// `f(const Ack&)` once, on the loop of the socket. `timeout`: 1 ms to 1 h. [loop]
template <class F>
void emit_with_ack(Socket& socket, const Payload& event, std::chrono::milliseconds timeout, F&& f, EmitFlags flags = {}) {
  using Handler = detail::OneAckHandler<std::decay_t<F>>;
  socket.emit_with_ack(event, detail::ack_timeout_ms(timeout), *new Handler(std::forward<F>(f)), flags);
}

/// `f(const BroadcastAcks&)` once, on the loop that asked. `timeout`: 1 ms to 1 h. [loop]
template <class F>
void emit_with_ack(Namespaces& namespaces, const Target& target, const Payload& event, std::chrono::milliseconds timeout, F&& f,
                   EmitFlags flags = {}) {
  namespaces.emit_with_ack(target, event, detail::ack_timeout_ms(timeout),
                           make_broadcast_ack_handler([f = std::forward<F>(f)](Status status, auto answers, auto expected,
                                                                               auto missing_nodes) mutable {
                             f(BroadcastAcks{status, answers, expected, missing_nodes});
                           }),
                           flags);
}

}  // namespace signaling::plugin_api
