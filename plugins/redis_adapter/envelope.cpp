#include "envelope.hpp"

#include <istream>
#include <ostream>
#include <streambuf>

#include <cereal/archives/portable_binary.hpp>
#include <cereal/cereal.hpp>

namespace signaling::redis_adapter {

namespace {

constexpr std::size_t tag_bytes = 4;

/// Appends to a string, without the copy that a stringstream makes at its end.
class StringSink final : public std::streambuf {
 public:
  explicit StringSink(std::string& out) : out_(out) {}

 protected:
  int_type overflow(int_type c) override {
    if (c != traits_type::eof()) out_.push_back(traits_type::to_char_type(c));
    return c;
  }
  std::streamsize xsputn(const char* text, std::streamsize size) override {
    out_.append(text, static_cast<std::size_t>(size));
    return size;
  }

 private:
  std::string& out_;
};

/// Reads from a view; what is long is taken as a view of its bytes and skipped.
class ViewSource final : public std::streambuf {
 public:
  explicit ViewSource(std::string_view bytes) {
    char* begin = const_cast<char*>(bytes.data());  // std::streambuf has no const form; nothing writes
    setg(begin, begin, begin + bytes.size());
  }
  std::size_t left() const { return static_cast<std::size_t>(egptr() - gptr()); }
  std::string_view take(std::size_t size) {
    const std::string_view taken(gptr(), size);
    setg(eback(), gptr() + size, egptr());
    return taken;
  }
};

}  // namespace

std::string encode_envelope(std::string_view from_tag, std::int64_t sent_us, std::uint64_t sequence, EnvelopeKind kind,
                            std::span<const std::string_view> items) {
  std::string out;
  std::size_t size = 64;
  for (const std::string_view item : items) size += item.size() + envelope_item_overhead;
  out.reserve(size);
  StringSink sink(out);
  std::ostream stream(&sink);
  cereal::PortableBinaryOutputArchive archive(stream);
  std::string tag(from_tag);
  tag.resize(tag_bytes, ' ');
  archive(envelope_version, cereal::binary_data(tag.data(), tag_bytes), sent_us, sequence, static_cast<std::uint8_t>(kind),
          static_cast<std::uint32_t>(items.size()));
  for (const std::string_view item : items) {
    archive(static_cast<std::uint32_t>(item.size()), cereal::binary_data(item.data(), item.size()));
  }
  return out;
}

EnvelopeFault decode_envelope(std::string_view bytes, Envelope& out) {
  ViewSource source(bytes);
  std::istream stream(&source);
  out.items.clear();
  try {
    cereal::PortableBinaryInputArchive archive(stream);
    std::uint8_t version = 0;
    archive(version);
    if (version != envelope_version) return EnvelopeFault::version;
    if (source.left() < tag_bytes) return EnvelopeFault::malformed;
    out.from_tag = source.take(tag_bytes);
    std::uint8_t kind = 0;
    std::uint32_t count = 0;
    archive(out.sent_us, out.sequence, kind, count);
    if (kind < static_cast<std::uint8_t>(EnvelopeKind::bodies) || kind > static_cast<std::uint8_t>(EnvelopeKind::notice))
      return EnvelopeFault::kind;
    out.kind = static_cast<EnvelopeKind>(kind);
    // Each item takes four bytes at least, so that a count that lies reserves nothing beyond what was sent.
    if (count > source.left() / sizeof(std::uint32_t)) return EnvelopeFault::malformed;
    out.items.reserve(count);
    for (std::uint32_t i = 0; i < count; ++i) {
      std::uint32_t size = 0;
      archive(size);
      if (size > source.left()) return EnvelopeFault::malformed;
      out.items.push_back(source.take(size));
    }
    return source.left() == 0 ? EnvelopeFault::none : EnvelopeFault::malformed;
  } catch (const cereal::Exception&) {
    return EnvelopeFault::malformed;  // too short
  }
}

std::string encode_number(std::uint64_t number) {
  std::string out(8, '\0');
  for (char& c : out) {
    c = static_cast<char>(number & 0xFFu);
    number >>= 8u;
  }
  return out;
}

std::uint64_t decode_number(std::string_view bytes) noexcept {
  if (bytes.size() < 8) return 0;
  std::uint64_t number = 0;
  for (int i = 7; i >= 0; --i) number = (number << 8u) | static_cast<unsigned char>(bytes[static_cast<std::size_t>(i)]);
  return number;
}

}  // namespace signaling::redis_adapter
