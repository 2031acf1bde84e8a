#pragma once
// What the two ends of a forwarded request say to each other: one conversation message is a version and a list of items.
//
//   message  u8 byte order (cereal's), u8 version = 1, then items until the end
//   item     u8 kind, u32 bytes that follow, those bytes; an unknown kind is skipped
//   request  method, target, headers (u64 count, name, value …), body, remote address, u8 secure, u8 wants_websocket
//   reply    u16 status, content type, body, headers, u8 compressible, u8 close
//   accept   headers                       the owner takes the WebSocket
//   frame    u8 binary, u8 compress, data  one WebSocket message, either way
//   written  u64 bytes since the beginning: taken by the client's kernel, or by the owner
//   close    u16 code, u8 clean            the owner closes, or the client has closed
//   abandon                                the owner ends the connection at once
//   answer_now                             the client's node stops: a poll had better be answered than wait
//
// Integers and texts as cereal's portable binary archive writes them (numbers little endian; a text is a u64 size and its
// bytes).

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <signaling/engine/http_exchange.hpp>
#include <signaling/plugin_api/values.hpp>

namespace signaling::forwarding {

using HeaderViews = std::vector<std::pair<std::string_view, std::string_view>>;
using Headers = std::vector<std::pair<std::string, std::string>>;

struct ReplyItem {
  std::uint16_t status = 200;
  std::string_view content_type;
  std::string_view body;
  HeaderViews headers;
  bool compressible = false;
  bool close = false;
};

struct FrameItem {
  bool is_binary = false;
  bool compress = false;
  std::string_view data;
};

/// Gets the items of one message in order. Views are those of the message.
class ItemVisitor {
 public:
  /// Only in the first message of a conversation.
  virtual void on_request(engine::HttpRequest&&) {}
  virtual void on_reply(const ReplyItem&) {}
  virtual void on_accept(const HeaderViews&) {}
  virtual void on_frame(const FrameItem&) {}
  virtual void on_written(std::uint64_t /*bytes*/) {}
  virtual void on_close(std::uint16_t /*code*/, bool /*clean*/) {}
  virtual void on_abandon() {}
  virtual void on_answer_now() {}
  virtual void on_unknown_item() {}

 protected:
  ~ItemVisitor() = default;
};

/// False where the bytes are no message of this version, or end in the middle of one: what came before has been visited, and
/// nothing is ever allocated that the bytes do not hold. Pure, but for the visitor.
bool decode_items(plugin_api::Bytes message, ItemVisitor& visitor);

/// Bytes that a frame counts as on its way to the owner; both ends count alike.
constexpr std::uint64_t frame_cost(std::string_view data) noexcept { return data.size() + 16; }

}  // namespace signaling::forwarding
