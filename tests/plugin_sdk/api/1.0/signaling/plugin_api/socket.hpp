#pragma once
// One client inside one namespace, as applications and middleware see it.

#include <cstdint>
#include <string_view>

#include <signaling/plugin_api/values.hpp>

namespace signaling::plugin_api {

/// What the client said when it came. Views live as long as the socket.
class Handshake {
 public:
  virtual std::string_view address() const = 0;  ///< the client's real address, numeric, without port
  virtual std::string_view url() const = 0;      ///< request target of the first HTTP request
  /// First value of that query parameter, percent-decoded; empty where absent.
  virtual std::string_view query(std::string_view name) const = 0;
  /// First value of that HTTP header of the first request, any case; empty where absent.
  virtual std::string_view header(std::string_view name) const = 0;
  virtual bool secure() const = 0;             ///< TLS, here or at a trusted proxy
  virtual bool cross_origin() const = 0;       ///< the request carried an Origin header (`xdomain`)
  virtual std::int64_t issued_ms() const = 0;  ///< Unix time of the first request in milliseconds
  /// JSON object that came with CONNECT (`auth`); `{}` where the client sent none.
  virtual std::string_view auth() const = 0;

 protected:
  ~Handshake() = default;
};

/// One incoming event.
struct Event {
  std::string_view name;  ///< decoded; a number's text where the client used a number
  std::string_view text;  ///< the whole JSON array as it came, `["name",arg…]`, validated, never reformatted
  std::string_view args;  ///< the part of `text` after the name: `arg,arg…` without brackets; empty where there is none
  std::span<const Bytes> attachments;
  AckToken ack;
};

/// Receives the answer to an event that the server emitted. Exactly one of the first two is called, then `release()`,
/// on the loop of the socket. [loop]
class AckHandler : public Releasable {
 public:
  /// `args`: JSON array.
  virtual void on_ack(std::string_view args, std::span<const Bytes> attachments) = 0;
  /// `timeout`, or `closed` when the socket left first.
  virtual void on_failure(Status status) = 0;

 protected:
  ~AckHandler() = default;
};

class TextVisitor {
 public:
  /// False ends the visit.
  virtual bool on_text(std::string_view text) = 0;

 protected:
  ~TextVisitor() = default;
};

/// How a socket becomes a member of a room.
enum class Admission : std::uint32_t {
  open,  ///< it gets broadcasts from now on
  held,  ///< broadcasts to the room are kept for it, in order and bounded, until `admit` or `leave`
};

/// One client inside one namespace. All functions [loop]: on the loop of the socket. Owned by the host, valid until
/// `Application::on_disconnect` has returned; keep the id, not the pointer, across anything asynchronous.
class Socket {
 public:
  virtual std::string_view id() const = 0;              ///< 20 base64url characters, public; valid as long as the socket
  virtual std::string_view namespace_name() const = 0;  ///< `/`, `/chat`
  virtual std::uint32_t loop() const = 0;
  virtual const Handshake& handshake() const = 0;
  virtual std::string_view transport() const = 0;  ///< `polling` or `websocket`, at this moment
  virtual bool is_connected() const = 0;

  virtual EmitResult emit(const Payload& event, EmitFlags flags = {}) = 0;
  /// Emits and waits at most `timeout_ms` (1 … 3,600,000) for the acknowledgement. Takes the handler in any case; with
  /// `max_pending_acks` reached it fails with `too_many`.
  virtual void emit_with_ack(const Payload& event, std::uint32_t timeout_ms, AckHandler& handler, EmitFlags flags = {}) = 0;
  /// Answers an event of this socket; `args.text` is a JSON array. Each token is good for one answer.
  virtual EmitResult reply(AckToken ack, const Payload& args) = 0;

  /// `ok`, `too_many` (rooms per socket), `invalid` (name empty, too long, or with control characters). Joining twice is no
  /// error and changes nothing. Broadcasts of this node arrive from now on; `when_reachable` (may be nullptr) is told once
  /// those of the other nodes do too, or `unavailable`, or the status returned here where that is not `ok`.
  virtual Status join(std::string_view room, Admission admission = Admission::open,
                      StatusHandler* when_reachable = nullptr) = 0;
  /// Ends a held admission. `mark` orders this member against changes of the room: a broadcast with
  /// `Target::before_mark` m reaches it only if `mark < m`. What was kept is then delivered by that rule, in order.
  virtual Status admit(std::string_view room, std::uint64_t mark) = 0;
  virtual Status leave(std::string_view room) = 0;
  virtual bool is_in(std::string_view room) const = 0;
  /// The socket's own id is not among them.
  virtual void visit_rooms(TextVisitor& visitor) const = 0;

  /// Leaves this namespace, or with `close` every namespace of the client, and then ends the connection; the reason is
  /// `server namespace disconnect` in both cases. `on_disconnect` is called before this returns, or right after the running
  /// handler of this client.
  virtual void disconnect(bool close) = 0;

  /// JSON that socket queries show for this socket (`fetch`); default `{}`; bounded by `max_socket_data_bytes`.
  virtual std::string_view data() const = 0;
  virtual Status set_data(std::string_view json) = 0;

  /// JSON object of verified claims, set by an authenticating middleware; empty where there is none.
  virtual std::string_view claims() const = 0;
  virtual Status set_claims(std::string_view json) = 0;

  /// A pointer of the application's own, freed by it in `on_disconnect`. nullptr at first.
  virtual void* user() const = 0;
  virtual void set_user(void* pointer) = 0;

 protected:
  ~Socket() = default;
};

}  // namespace signaling::plugin_api
