#include "items.hpp"

#include <istream>
#include <stdexcept>

#include <cereal/archives/portable_binary.hpp>

#include <signaling/base/byte_stream.hpp>

#include "item_kind.hpp"

namespace signaling::forwarding {
namespace {

/// More headers than a request or answer of the engine ever has.
constexpr std::uint64_t max_headers = 256;

struct Malformed : std::runtime_error {
  Malformed() : std::runtime_error("malformed") {}
};

// Reads one run of bytes. Sizes are held against what is left before anything is made of them.
class Reader {
 public:
  /// At least one byte, which tells the archive the byte order.
  explicit Reader(std::string_view bytes)
      : buffer_(bytes), stream_(&buffer_), archive_(stream_, cereal::PortableBinaryInputArchive::Options::Default()) {}

  bool at_end() const noexcept { return buffer_.left() == 0; }

  template <class T>
  T number() {
    if (buffer_.left() < sizeof(T)) throw Malformed();
    T value{};
    archive_(value);
    return value;
  }
  bool flag() { return number<std::uint8_t>() != 0; }
  std::string_view text() {
    const auto size = number<std::uint64_t>();
    if (size > buffer_.left()) throw Malformed();
    return buffer_.take(static_cast<std::size_t>(size));
  }
  HeaderViews headers() {
    const auto count = number<std::uint64_t>();
    if (count > max_headers) throw Malformed();
    HeaderViews headers;
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::string_view name = text();
      headers.emplace_back(name, text());
    }
    return headers;
  }

  /// Runs `read` on the next `size` bytes alone, and goes on behind them.
  template <class F>
  void part(std::uint64_t size, F&& read) {
    if (size > buffer_.left()) throw Malformed();
    char* const end = buffer_.narrow(static_cast<std::size_t>(size));
    read();
    buffer_.widen(end);
  }

 private:
  base::ViewBuffer buffer_;
  std::istream stream_;
  cereal::PortableBinaryInputArchive archive_;
};

engine::HttpRequest read_request(Reader& reader) {
  engine::HttpRequest request;
  request.method = reader.text();
  request.target = reader.text();
  const std::size_t mark = request.target.find('?');
  request.path = request.target.substr(0, mark);
  if (mark != std::string_view::npos) request.query = request.target.substr(mark + 1);
  request.headers = reader.headers();
  request.body = reader.text();
  request.remote_address = reader.text();
  request.secure = reader.flag();
  request.wants_websocket = reader.flag();
  return request;
}

ReplyItem read_reply(Reader& reader) {
  ReplyItem reply;
  reply.status = reader.number<std::uint16_t>();
  if (reply.status < 200 || reply.status > 599) throw Malformed();
  reply.content_type = reader.text();
  reply.body = reader.text();
  reply.headers = reader.headers();
  reply.compressible = reader.flag();
  reply.close = reader.flag();
  return reply;
}

FrameItem read_frame(Reader& reader) {
  FrameItem frame;
  frame.is_binary = reader.flag();
  frame.compress = reader.flag();
  frame.data = reader.text();
  return frame;
}

// What an item holds behind what is known of it was added by a later release.
void visit(ItemKind kind, Reader& reader, ItemVisitor& visitor) {
  switch (kind) {
    case ItemKind::request: return visitor.on_request(read_request(reader));
    case ItemKind::reply: return visitor.on_reply(read_reply(reader));
    case ItemKind::accept: return visitor.on_accept(reader.headers());
    case ItemKind::frame: return visitor.on_frame(read_frame(reader));
    case ItemKind::written: return visitor.on_written(reader.number<std::uint64_t>());
    case ItemKind::close: {
      const auto code = reader.number<std::uint16_t>();
      return visitor.on_close(code, reader.flag());
    }
    case ItemKind::abandon: return visitor.on_abandon();
    case ItemKind::answer_now: return visitor.on_answer_now();
  }
  visitor.on_unknown_item();
}

}  // namespace

bool decode_items(plugin_api::Bytes message, ItemVisitor& visitor) {
  if (message.empty()) return false;
  try {
    Reader reader(std::string_view(reinterpret_cast<const char*>(message.data()), message.size()));
    if (reader.number<std::uint8_t>() != items_version) return false;
    while (!reader.at_end()) {
      const auto kind = static_cast<ItemKind>(reader.number<std::uint8_t>());
      const auto size = reader.number<std::uint32_t>();
      reader.part(size, [&] { visit(kind, reader, visitor); });
    }
    return true;
  } catch (const Malformed&) {
    return false;
  }
}

}  // namespace signaling::forwarding
