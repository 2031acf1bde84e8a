#pragma once
// Plain values that cross the plugin border. Views only: whoever passes one keeps the bytes alive for the call.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace signaling::plugin_api {

using Bytes = std::span<const std::byte>;

/// Pieces of text that are joined without a separator. Lets a caller hand over `["signal",{"data":` + raw + `}]` without
/// building the string first: the pieces are copied once, straight into the frame that every recipient shares.
using TextPieces = std::span<const std::string_view>;

/// What an operation came to. The texts of `to_string` are the error codes of the signaling protocol where one exists.
enum class Status : std::uint32_t {
  ok = 0,
  unavailable,  ///< the adapter cannot answer now (its backend is unreachable); nothing has been changed
  timeout,      ///< no answer in time
  not_found,    ///< no such socket, room or node
  not_member,   ///< the socket exists and is not in the room that was named
  full,         ///< a bound given with the request is reached; nothing has been changed
  too_many,     ///< a bound of the configuration is reached (rooms per socket, acks outstanding …)
  invalid,      ///< an argument is out of its documented range
  unsupported,  ///< the adapter lacks the capability
  closed,       ///< the socket or the server is closing
};

constexpr std::string_view to_string(Status status) noexcept {
  switch (status) {
    case Status::ok: return "ok";
    case Status::unavailable: return "unavailable";
    case Status::timeout: return "timeout";
    case Status::not_found: return "not-found";
    case Status::not_member: return "not-member";
    case Status::full: return "full";
    case Status::too_many: return "too-many";
    case Status::invalid: return "invalid";
    case Status::unsupported: return "unsupported";
    case Status::closed: return "closed";
  }
  return "unknown";
}

/// One outgoing event or acknowledgement.
/// `text`: pieces that together are one JSON array: for an event `["name",arg…]`, for an acknowledgement `[arg…]`.
/// It must be valid JSON, and UTF-8. What is looked at (`plugins.check_payloads`; all of it in debug builds) and is not, is not
/// sent, and told as the plugin's fault.
/// `attachments`: binary parts, named in the text by `{"_placeholder":true,"num":<index>}`, each index used at least once.
struct Payload {
  TextPieces text;
  std::span<const Bytes> attachments = {};
};

/// Flags of an emission (Socket.IO `volatile`, `compress`, `local`).
struct EmitFlags {
  bool is_volatile = false;  ///< dropped for a connection whose transport cannot take it at this moment
  bool compress = true;      ///< false: never deflated, though the connection negotiated it
  bool local = false;        ///< this node alone; the adapter is not asked
};

/// Where an emission went.
enum class EmitResult : std::uint32_t {
  sent,     ///< handed to the connection
  dropped,  ///< volatile, and the connection was not writable; or the send queue is full (the connection is then closed)
  closed,   ///< the socket has left
};

/// Names the acknowledgement that the other side waits for; `wanted()` is false where the client asked for none.
struct AckToken {
  std::uint64_t id = ~std::uint64_t{0};
  constexpr bool wanted() const noexcept { return id != ~std::uint64_t{0}; }
};

/// An object made by one side and finished by the other: the receiver calls exactly one completing function and then
/// `release()`, after which the object must not be touched.
class Releasable {
 public:
  virtual void release() noexcept = 0;

 protected:
  ~Releasable() = default;
};

/// Result of an operation with no answer but its status. One call on the loop that asked, possibly before the asking function
/// returns, then `release()`. [loop]
class StatusHandler : public Releasable {
 public:
  virtual void on_status(Status status) = 0;

 protected:
  ~StatusHandler() = default;
};

/// A unit of work handed to a loop. The host calls `run()` once on that loop, or never when the loop has stopped, and then
/// `release()`.
class Task : public Releasable {
 public:
  virtual void run() = 0;

 protected:
  ~Task() = default;
};

}  // namespace signaling::plugin_api
