#include "item_writer.hpp"

#include "item_kind.hpp"

namespace signaling::forwarding {
namespace {

// The engine reads no other header of a request that names a session; the WebSocket handshake is done where the client is.
constexpr std::string_view carried_headers[] = {"origin", "content-type"};

}  // namespace

// Kind and a gap for the size, which is filled in at the end.
class ItemWriter::Item {
 public:
  Item(ItemWriter& writer, ItemKind kind) : writer_(writer) {
    (*writer_.archive_)(static_cast<std::uint8_t>(kind), std::uint32_t{0});
    begin_ = writer_.buffer_.text().size();
  }
  Item(const Item&) = delete;
  Item& operator=(const Item&) = delete;
  ~Item() {
    std::string& text = writer_.buffer_.text();
    const std::size_t size = text.size() - begin_;
    for (std::size_t i = 0; i < 4; ++i) text[begin_ - 4 + i] = static_cast<char>((size >> (8 * i)) & 0xFF);
  }

 private:
  ItemWriter& writer_;
  std::size_t begin_;
};

void ItemWriter::clear() {
  constexpr std::size_t kept_bytes = 64 * 1024;  // one large upload must not pin its memory for good
  buffer_.text().clear();
  if (buffer_.text().capacity() > kept_bytes) buffer_.text().shrink_to_fit();
  archive_.emplace(stream_, cereal::PortableBinaryOutputArchive::Options::LittleEndian());
  (*archive_)(items_version);
}

plugin_api::Bytes ItemWriter::bytes() const noexcept {
  const std::string& text = buffer_.text();
  return std::as_bytes(std::span(text.data(), text.size()));
}

void ItemWriter::text(std::string_view text) {
  (*archive_)(static_cast<std::uint64_t>(text.size()));
  if (!text.empty()) archive_->saveBinary<1>(text.data(), static_cast<std::streamsize>(text.size()));
}

template <class Pairs>
void ItemWriter::pairs(const Pairs& pairs) {
  (*archive_)(static_cast<std::uint64_t>(pairs.size()));
  for (const auto& [name, value] : pairs) {
    text(name);
    text(value);
  }
}

void ItemWriter::request(const engine::HttpRequest& request) {
  const Item item(*this, ItemKind::request);
  text(request.method);
  text(request.target);
  HeaderViews headers;
  for (const std::string_view name : carried_headers) {
    if (const std::string_view value = request.header(name); !value.empty()) headers.emplace_back(name, value);
  }
  pairs(headers);
  text(request.body);
  text(request.remote_address);
  (*archive_)(static_cast<std::uint8_t>(request.secure), static_cast<std::uint8_t>(request.wants_websocket));
}

void ItemWriter::reply(const engine::HttpReply& reply) {
  const Item item(*this, ItemKind::reply);
  (*archive_)(static_cast<std::uint16_t>(reply.status));
  text(reply.content_type);
  text(reply.body);
  pairs(reply.headers);
  (*archive_)(static_cast<std::uint8_t>(reply.compressible), static_cast<std::uint8_t>(reply.close));
}

void ItemWriter::accept(const Headers& headers) {
  const Item item(*this, ItemKind::accept);
  pairs(headers);
}

void ItemWriter::frame(bool is_binary, bool compress, std::string_view data) {
  const Item item(*this, ItemKind::frame);
  (*archive_)(static_cast<std::uint8_t>(is_binary), static_cast<std::uint8_t>(compress));
  text(data);
}

void ItemWriter::written(std::uint64_t bytes) {
  const Item item(*this, ItemKind::written);
  (*archive_)(bytes);
}

void ItemWriter::close(std::uint16_t code, bool clean) {
  const Item item(*this, ItemKind::close);
  (*archive_)(code, static_cast<std::uint8_t>(clean));
}

void ItemWriter::abandon() { const Item item(*this, ItemKind::abandon); }
void ItemWriter::answer_now() { const Item item(*this, ItemKind::answer_now); }

}  // namespace signaling::forwarding
