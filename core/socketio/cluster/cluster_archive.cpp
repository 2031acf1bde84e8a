#include "cluster_archive.hpp"

namespace signaling::socketio::cluster {

/// What a thread keeps for its writers: a stream is dear to make.
struct Writer::Sink {
  base::AppendBuffer buffer;
  std::ostream stream{&buffer};
};

Writer::Sink& Writer::sink() {
  constexpr std::size_t max_kept = 1 << 20;
  thread_local Sink instance;
  instance.buffer.text().clear();
  if (instance.buffer.text().capacity() > max_kept) instance.buffer.text().shrink_to_fit();
  return instance;
}

Writer::Writer() : sink_(sink()), archive_(sink_.stream, cereal::PortableBinaryOutputArchive::Options::LittleEndian()) {}

plugin_api::Bytes Writer::bytes() const noexcept { return std::as_bytes(std::span(sink_.buffer.text())); }

void Writer::write(std::string_view text) {
  write(static_cast<std::uint32_t>(text.size()));
  archive_(cereal::binary_data(text.data(), text.size()));
}

void Writer::write(plugin_api::Bytes bytes) {
  write(static_cast<std::uint32_t>(bytes.size()));
  archive_(cereal::binary_data(bytes.data(), bytes.size()));
}

void Writer::write(const WirePayload& payload) {
  std::size_t size = 0;
  for (const std::string_view piece : payload.pieces) size += piece.size();
  write(static_cast<std::uint32_t>(size));
  for (const std::string_view piece : payload.pieces) archive_(cereal::binary_data(piece.data(), piece.size()));
  write(payload.attachments);
}

Reader::Reader(plugin_api::Bytes message)
    : source_({reinterpret_cast<const char*>(message.data()), message.size()}), stream_(&source_), archive_(stream_) {}

void Reader::read(std::string_view& text) {
  std::uint32_t size = 0;
  read(size);
  if (size > left()) throw MalformedMessage("a text is longer than its message");
  text = source_.take(size);
}

void Reader::read(plugin_api::Bytes& bytes) {
  std::string_view text;
  read(text);
  bytes = std::as_bytes(std::span(text));
}

void Reader::read(WirePayload& payload) {
  read(payload.text);
  payload.pieces = {&payload.text, 1};
  read(payload.attachments);
}

}  // namespace signaling::socketio::cluster
