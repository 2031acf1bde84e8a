#include "request.hpp"

#include <algorithm>
#include <utility>

#include <signaling/plugin_api/json_slice.hpp>

namespace signaling::webrtc_signaling {

namespace json = plugin_api::json;
using plugin_api::Event;

namespace {

constexpr Refusal invalid(std::string_view message) noexcept { return {ErrorCode::invalid, message}; }

std::string_view without_leading_blanks(std::string_view text) noexcept {
  text.remove_prefix(std::min(text.find_first_not_of(" \n\r\t"), text.size()));
  return text;
}

/// Members that mean something; views of the object, empty where missing.
struct Fields {
  std::string_view room;
  std::string_view to;
  std::string_view metadata;
  std::string_view data;
};

enum class Key : std::uint8_t { other, room, to, from, data, metadata };

/// @param key  with its quotes; escapes may be anywhere in it
Key key_of(std::string_view key) noexcept {
  const std::string_view body = json::string_body(key);
  switch (body.size()) {
    case 2:
      if (body == "to") return Key::to;
      break;
    case 4:
      if (body == "room") return Key::room;
      if (body == "data") return Key::data;
      if (body == "from") return Key::from;
      break;
    case 8:
      if (body == "metadata") return Key::metadata;
      break;
    default: break;
  }
  if (!json::has_escapes(body)) return Key::other;
  constexpr std::pair<std::string_view, Key> keys[] = {
      {"room", Key::room}, {"to", Key::to}, {"from", Key::from}, {"data", Key::data}, {"metadata", Key::metadata}};
  for (const auto& [name, known] : keys) {
    if (json::string_is(key, name)) return known;
  }
  return Key::other;
}

/// Collects the stretches of an object that are passed on.
class KeptMembers {
 public:
  explicit KeptMembers(std::vector<std::string_view>& pieces) : pieces_(pieces) { pieces_.clear(); }
  void keep(std::string_view member) {
    if (run_.empty()) {
      run_ = member;
    } else {  // with the comma between, as it came
      run_ = {run_.data(), static_cast<std::size_t>(member.data() + member.size() - run_.data())};
    }
  }
  void cut() {
    if (!run_.empty()) pieces_.push_back(run_);
    run_ = {};
  }

 private:
  std::vector<std::string_view>& pieces_;
  std::string_view run_;
};

/// @return what follows the object
std::string_view read_fields(std::string_view args, bool is_relayed, RequestBuffers& buffers, Fields& fields) {
  json::Members members(args);
  KeptMembers kept(buffers.kept);
  while (members.next()) {
    const Key key = key_of(members.key());
    switch (key) {
      case Key::room: fields.room = members.value(); break;
      case Key::data: fields.data = members.value(); break;
      case Key::to: fields.to = members.value(); break;
      case Key::metadata: fields.metadata = members.value(); break;
      case Key::from:
      case Key::other: break;
    }
    if (!is_relayed) continue;
    if (key == Key::to || key == Key::from) {
      kept.cut();
    } else {
      kept.keep(members.text());
    }
  }
  kept.cut();
  return members.rest();
}

std::optional<Refusal> read_room(const Fields& fields, const Options& options, RequestBuffers& buffers, Request& request) {
  if (fields.room.empty()) {
    // Clients that know peers alone: the room is then the one that both are in, see relay.cpp.
    if (request.relay != nullptr && !fields.to.empty()) return std::nullopt;
    return invalid("room: is missing");
  }
  if (json::type_of(fields.room) != json::Type::string) return invalid("room: must be a string");
  request.room_json = fields.room;
  request.room = json::decode(fields.room, buffers.room);
  if (request.room.empty()) return invalid("room: must not be empty");
  if (request.room.size() > options.max_room_name_bytes) return invalid("room: is longer than max_room_name_bytes allows");
  return std::nullopt;
}

std::optional<Refusal> read_to(const Fields& fields, RequestBuffers& buffers, Request& request) {
  if (request.kind != RequestKind::signal) return std::nullopt;
  if (fields.to.empty()) return invalid("to: is missing");
  if (json::type_of(fields.to) != json::Type::string) return invalid("to: must be a string");
  request.to = json::decode(fields.to, buffers.to);
  return std::nullopt;
}

std::optional<Refusal> read_metadata(const Fields& fields, const Event& event, const Options& options, RequestBuffers& buffers,
                                     Request& request) {
  if (request.kind != RequestKind::join && request.kind != RequestKind::update) return std::nullopt;
  if (fields.metadata.empty() && request.kind == RequestKind::update) return invalid("metadata: is missing");
  request.metadata = fields.metadata.empty() ? "null" : fields.metadata;
  if (request.metadata.size() > options.max_metadata_bytes) {
    return invalid("metadata: is longer than max_metadata_bytes allows");
  }
  // It is kept as JSON text, and told to those who join later: there is no packet to carry the binary.
  if (buffers.rewriter.has_placeholder(request.metadata, event.attachments)) {
    return invalid("metadata: must not hold binary");
  }
  return std::nullopt;
}

std::optional<Refusal> read_data(const Fields& fields, std::size_t object_bytes, const Event& event, const Options& options,
                                 Request& request) {
  if (!request.is_relay()) return std::nullopt;
  request.data = fields.data;
  std::size_t bytes = object_bytes;
  if (request.relay == nullptr) {
    if (fields.data.empty()) return invalid("data: is missing");
    bytes = fields.data.size();
  }
  if (options.max_data_bytes == 0) return std::nullopt;
  for (const auto& attachment : event.attachments) bytes += attachment.size();
  if (bytes > options.max_data_bytes) {
    return invalid(request.relay == nullptr ? "data: is longer than max_data_bytes allows"
                                            : "the argument is longer than max_data_bytes allows");
  }
  return std::nullopt;
}

}  // namespace

std::optional<EventKind> event_kind(std::string_view name, const Options& options) noexcept {
  if (name == "message") return EventKind{RequestKind::message};
  if (name == "signal") return EventKind{RequestKind::signal};
  if (const RelayEvent* relay = options.find_relay_event(name)) return EventKind{RequestKind::message, relay};
  if (name == "join") return EventKind{RequestKind::join};
  if (name == "leave") return EventKind{RequestKind::leave};
  if (name == "update") return EventKind{RequestKind::update};
  if (name == "peers") return EventKind{RequestKind::peers};
  return std::nullopt;
}

std::optional<Refusal> read_request(const EventKind& kind, const Event& event, const Options& options, RequestBuffers& buffers,
                                    Request& request) {
  request = {};
  request.kind = kind.kind;
  request.relay = kind.relay;
  const std::string_view args = without_leading_blanks(event.args);
  if (!args.starts_with('{')) return invalid("the argument must be an object");
  Fields fields;
  const std::string_view rest = read_fields(args, kind.relay != nullptr, buffers, fields);
  if (!rest.empty()) return invalid("there must be one argument, an object, and nothing after it");
  if (kind.relay != nullptr) {
    if (!fields.to.empty()) request.kind = RequestKind::signal;
    request.kept = buffers.kept;
  }
  if (auto refusal = read_room(fields, options, buffers, request)) return refusal;
  if (auto refusal = read_to(fields, buffers, request)) return refusal;
  if (auto refusal = read_metadata(fields, event, options, buffers, request)) return refusal;
  return read_data(fields, args.size(), event, options, request);
}

}  // namespace signaling::webrtc_signaling
