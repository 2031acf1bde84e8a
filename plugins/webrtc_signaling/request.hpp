#pragma once
// One request of a client: the object that came with an event, read and held to the protocol's rules.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <signaling/plugin_api/placeholders.hpp>
#include <signaling/plugin_api/socket.hpp>

#include "options.hpp"
#include "refusal.hpp"

namespace signaling::webrtc_signaling {

enum class RequestKind : std::uint8_t { join, leave, update, peers, signal, message };

/// Views point into the event, or into the buffers it was read with.
struct Request {
  RequestKind kind = RequestKind::message;
  const RelayEvent* relay = nullptr;  ///< not nullptr: `signal` or `message` under this event's name

  std::string_view room;       ///< decoded; empty only for a relayed event that names a peer and no room
  std::string_view room_json;  ///< as it came, with quotes
  std::string_view to;         ///< decoded; `signal` alone
  std::string_view metadata;   ///< JSON as it came, `null` where there was none
  std::string_view data;       ///< JSON as it came
  /// Relayed events: what is passed on of the object, in pieces that want commas between them: members one after another as
  /// they came, without `to` and `from`.
  std::span<const std::string_view> kept;

  bool is_relay() const noexcept { return kind >= RequestKind::signal; }
};

/// What reading needs of memory, kept from request to request.
struct RequestBuffers {
  std::string room;
  std::string to;
  std::vector<std::string_view> kept;
  plugin_api::json::PlaceholderRewriter rewriter;
};

/// Kind of request that an event's name stands for; nullopt: not one of the protocol. A relayed event is a `message` until its
/// object is seen to have `to`.
struct EventKind {
  RequestKind kind;
  const RelayEvent* relay = nullptr;
};
std::optional<EventKind> event_kind(std::string_view name, const Options& options) noexcept;

/// Reads the event's arguments into `request`. Allocates nothing once the buffers have grown.
/// @return why the request is `invalid`, with a message that names the field; nullopt where it is not.
std::optional<Refusal> read_request(const EventKind& kind, const plugin_api::Event& event, const Options& options,
                                    RequestBuffers& buffers, Request& request);

}  // namespace signaling::webrtc_signaling
