#pragma once
// What nodes say to each other. A message: version, kind, then the fields of the kind in the order in which they stand here.
//
// Two releases run side by side: a node skips and counts versions and kinds that it does not know. A release may append
// fields to a kind, which older ones do not read; anything else is a new kind, or a new version.

#include <array>
#include <cstdint>
#include <string_view>

#include <signaling/plugin_api/namespaces.hpp>

#include "cluster_archive.hpp"

namespace signaling::socketio::cluster {

inline constexpr std::uint8_t message_version = 1;
/// The word among a node's capabilities that says that it takes part in what is described here.
inline constexpr std::string_view capability = "cluster/1";

enum class Kind : std::uint8_t {
  emit = 1,
  member,         ///< an event for one socket
  member_check,   ///< has the node heard of a `member`? Where the socket is no member it cannot have
  member_status,  ///< answer to both
  gather,         ///< an event whose acknowledgements are gathered
  gathered,
  query,
  found,
  join,
  leave,
  disconnect,
  server_event,  ///< for the applications of the other nodes
  server_answer,
  conversation_open,
  conversation_data,
  conversation_close,
  hears_again,         ///< to all: for a while the sender may have heard nothing
  conversation_check,  ///< does the other side still have it? Only where it does not is there an answer: a close
};
inline constexpr std::uint8_t kind_count = 18;

/// Which sockets; see plugin_api::Target.
struct WireTarget {
  std::string_view namespace_name;
  Texts rooms;
  Texts except;
  std::uint64_t before_mark = 0;

  void assign(const plugin_api::Target& target) noexcept {
    namespace_name = target.namespace_name;
    rooms.assign(target.rooms);
    except.assign(target.except);
    before_mark = target.before_mark;
  }
  plugin_api::Target view() const noexcept { return {namespace_name, rooms.view(), except.view(), before_mark}; }
};
template <class Archive>
void fields(Archive& a, WireTarget& m) {
  a(m.namespace_name, m.rooms, m.except, m.before_mark);
}

/// Bits of `flags`.
inline constexpr std::uint8_t flag_volatile = 1;
inline constexpr std::uint8_t flag_no_compress = 2;
inline std::uint8_t flags_of(const plugin_api::EmitFlags& flags) noexcept {
  return static_cast<std::uint8_t>((flags.is_volatile ? flag_volatile : 0) | (flags.compress ? 0 : flag_no_compress));
}

struct Emit {
  std::uint8_t flags = 0;
  WireTarget target;
  WirePayload payload;
};
template <class Archive>
void fields(Archive& a, Emit& m) {
  a(m.flags, m.target, m.payload);
}

struct Member {
  std::string_view socket_id;  ///< first: a node that is not meant reads no further
  std::uint64_t request = 0;   ///< 0: no answer is wanted
  std::string_view namespace_name;
  std::string_view room;  ///< required; may be empty
  WirePayload payload;
};
template <class Archive>
void fields(Archive& a, Member& m) {
  a(m.socket_id, m.request, m.namespace_name, m.room, m.payload);
}

struct MemberCheck {
  std::string_view socket_id;
  std::uint64_t request = 0;
  std::string_view namespace_name;
  std::string_view room;
};
template <class Archive>
void fields(Archive& a, MemberCheck& m) {
  a(m.socket_id, m.request, m.namespace_name, m.room);
}

struct MemberStatus {
  std::uint64_t request = 0;
  std::uint8_t status = 0;  ///< plugin_api::Status
};
template <class Archive>
void fields(Archive& a, MemberStatus& m) {
  a(m.request, m.status);
}

struct Gather {
  std::uint64_t request = 0;
  std::uint32_t timeout_ms = 0;
  std::uint8_t flags = 0;
  WireTarget target;
  WirePayload payload;
};
template <class Archive>
void fields(Archive& a, Gather& m) {
  a(m.request, m.timeout_ms, m.flags, m.target, m.payload);
}

/// Head of every answer of a node to a request. Each of its loops that had something to say sends one or more of them, the
/// last one marked; the node's answer is complete with as many marks as `parts`.
struct AnswerHead {
  std::uint64_t request = 0;
  std::uint16_t parts = 1;
  std::uint8_t is_last = 1;
};
template <class Archive>
void fields(Archive& a, AnswerHead& m) {
  a(m.request, m.parts, m.is_last);
}

struct WireAnswer {
  std::string_view socket_id;
  std::string_view args;
  List<plugin_api::Bytes> attachments;
};
template <class Archive>
void fields(Archive& a, WireAnswer& m) {
  a(m.socket_id, m.args, m.attachments);
}

struct Gathered {
  AnswerHead head;
  std::uint32_t expected = 0;
  std::uint32_t count = 0;  ///< of WireAnswers that follow
};
template <class Archive>
void fields(Archive& a, Gathered& m) {
  a(m.head, m.expected, m.count);
}

struct Query {
  std::uint64_t request = 0;
  std::uint8_t projection = 0;
  WireTarget target;
};
template <class Archive>
void fields(Archive& a, Query& m) {
  a(m.request, m.projection, m.target);
}

struct WireSocket {
  std::string_view id;
  std::string_view node;
  std::string_view handshake;
  std::string_view data;
  Texts rooms;
};
template <class Archive>
void fields(Archive& a, WireSocket& m) {
  a(m.id, m.node, m.handshake, m.data, m.rooms);
}

struct Found {
  AnswerHead head;
  std::uint64_t total = 0;
  std::uint32_t count = 0;  ///< of WireSockets that follow
};
template <class Archive>
void fields(Archive& a, Found& m) {
  a(m.head, m.total, m.count);
}

/// Kinds join and leave.
struct RoomChange {
  WireTarget target;
  Texts rooms;
};
template <class Archive>
void fields(Archive& a, RoomChange& m) {
  a(m.target, m.rooms);
}

struct Disconnect {
  std::uint8_t close = 0;
  WireTarget target;
};
template <class Archive>
void fields(Archive& a, Disconnect& m) {
  a(m.close, m.target);
}

struct ServerEvent {
  std::uint64_t request = 0;  ///< 0: no answer is wanted
  std::string_view namespace_name;
  WirePayload payload;
};
template <class Archive>
void fields(Archive& a, ServerEvent& m) {
  a(m.request, m.namespace_name, m.payload);
}

struct ServerAnswer {
  AnswerHead head;
  std::uint8_t is_answered = 0;  ///< 0: no application there had an answer
  WirePayload payload;
};
template <class Archive>
void fields(Archive& a, ServerAnswer& m) {
  a(m.head, m.is_answered, m.payload);
}

/// Names one conversation at the node that a message goes to.
struct ConversationHead {
  std::uint8_t loop = 0;         ///< of the receiving side
  std::uint8_t from_opener = 0;  ///< who speaks
  std::uint64_t id = 0;          ///< given by the opener, unique at its node
  std::uint64_t sequence = 0;    ///< per direction, from 0
};
template <class Archive>
void fields(Archive& a, ConversationHead& m) {
  a(m.loop, m.from_opener, m.id, m.sequence);
}

struct ConversationOpen {
  ConversationHead head;
  std::uint8_t reply_loop = 0;
  std::uint32_t idle_ms = 0;
  std::string_view body;
};
template <class Archive>
void fields(Archive& a, ConversationOpen& m) {
  a(m.head, m.reply_loop, m.idle_ms, m.body);
}

struct ConversationData {
  ConversationHead head;
  std::uint8_t reply_loop = 0;
  std::string_view body;
};
template <class Archive>
void fields(Archive& a, ConversationData& m) {
  a(m.head, m.reply_loop, m.body);
}

struct ConversationClose {
  ConversationHead head;
  std::uint8_t status = 0;  ///< plugin_api::Status
};
template <class Archive>
void fields(Archive& a, ConversationClose& m) {
  a(m.head, m.status);
}

struct HearsAgain {};
template <class Archive>
void fields(Archive&, HearsAgain&) {}

struct ConversationCheck {
  ConversationHead head;  ///< sequence: of the sender's next message
  std::uint8_t reply_loop = 0;
};
template <class Archive>
void fields(Archive& a, ConversationCheck& m) {
  a(m.head, m.reply_loop);
}

/// One whole message in the thread's buffer.
template <class Message>
plugin_api::Bytes encode(Writer& writer, Kind kind, const Message& message) {
  writer(message_version, static_cast<std::uint8_t>(kind), message);
  return writer.bytes();
}

enum class Known : std::uint8_t { yes, version, kind };
/// Reads version and kind. Throws as Reader does.
Known read_kind(Reader& reader, Kind& kind);
/// A status of another node; `timeout` where this release does not know it.
plugin_api::Status status_of(std::uint8_t wire) noexcept;

}  // namespace signaling::socketio::cluster
