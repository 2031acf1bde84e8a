#include "msgpack_to_json.hpp"

#include <cmath>
#include <utility>

#include <boost/container/small_vector.hpp>

#include <signaling/protocol/engine_payload.hpp>
#include <signaling/protocol/json_text.hpp>

#include "decimal.hpp"
#include "iso_time.hpp"

namespace signaling::protocol::detail {
namespace {

using Kind = MsgpackToken::Kind;
using Failure = std::optional<PacketError>;

/// JSON has no NaN and no infinities; JSON.stringify makes them null.
void append_double(double number, std::string& out) {
  if (std::isfinite(number)) {
    append_decimal(number, out);
  } else {
    out += "null";
  }
}

std::uint64_t big_endian(Bytes bytes) noexcept {
  std::uint64_t value = 0;
  for (const std::byte byte : bytes) value = (value << 8) | std::to_integer<std::uint64_t>(byte);
  return value;
}

/// Milliseconds of the timestamp extension (msgpack spec, type -1: 4, 8 or 12 bytes); nothing where it is not one.
std::optional<std::int64_t> timestamp_ms(const MsgpackToken& token) noexcept {
  if (token.extension_type != -1) return std::nullopt;
  std::uint64_t nanoseconds = 0;
  std::int64_t seconds = 0;
  switch (token.bytes.size()) {
    case 4: seconds = static_cast<std::int64_t>(big_endian(token.bytes)); break;
    case 8: {
      const std::uint64_t bits = big_endian(token.bytes);
      nanoseconds = bits >> 34;
      seconds = static_cast<std::int64_t>(bits & ((std::uint64_t{1} << 34) - 1));
      break;
    }
    case 12:
      nanoseconds = big_endian(token.bytes.first(4));
      seconds = static_cast<std::int64_t>(big_endian(token.bytes.subspan(4)));
      break;
    default: return std::nullopt;
  }
  constexpr std::int64_t farthest_second = farthest_date_ms / 1000;
  if (seconds < -farthest_second || seconds > farthest_second) return farthest_date_ms + 1;  // no Date: null
  return seconds * 1000 + static_cast<std::int64_t>(nanoseconds / 1'000'000);
}

/// Writes one msgpack value as JSON. Open arrays and maps stand on a stack of its own, bounded by the depth allowed.
class JsonWriter {
 public:
  JsonWriter(MsgpackReader reader, const PacketLimits& limits, std::string& json, std::vector<Bytes>& attachments)
      : reader_(reader), limits_(limits), json_(json), attachments_(attachments) {}

  Failure run() {
    if (const Failure failure = write_value()) return failure;
    while (!levels_.empty()) {
      if (levels_.back().left == 0) {
        json_ += levels_.back().closer;
        levels_.pop_back();
      } else if (const Failure failure = write_element()) {
        return failure;
      }
    }
    return std::nullopt;
  }

 private:
  struct Level {
    std::uint32_t left;
    char closer;
    bool is_first = true;
  };

  Failure write_element() {
    // By index: writing the value may open a level and move the others.
    const std::size_t own = levels_.size() - 1;
    const std::size_t begin = json_.size();
    const bool was_first = std::exchange(levels_[own].is_first, false);
    const bool is_map = levels_[own].closer == '}';
    --levels_[own].left;
    if (!was_first) json_ += ',';
    if (is_map) {
      if (const Failure failure = write_name()) return failure;
      MsgpackReader ahead = reader_;
      MsgpackToken value;
      if (ahead.next(value) && value.kind == Kind::undefined) {  // JSON.stringify leaves such members out
        reader_ = ahead;
        json_.resize(begin);
        levels_[own].is_first = was_first;
        return std::nullopt;
      }
    }
    return write_value();
  }

  /// JavaScript makes a string of whatever a key is; here of scalars only.
  Failure write_name() {
    MsgpackToken token;
    if (!reader_.next(token)) return PacketError::bad_json;
    switch (token.kind) {
      case Kind::string:
        if (const Failure failure = write_string(token)) return failure;
        break;
      case Kind::nil:
      case Kind::boolean:
      case Kind::unsigned_integer:
      case Kind::negative_integer:
      case Kind::floating:
        json_ += '"';
        write_scalar(token);
        json_ += '"';
        break;
      default: return PacketError::bad_payload;
    }
    json_ += ':';
    return std::nullopt;
  }

  void write_scalar(const MsgpackToken& token) {
    switch (token.kind) {
      case Kind::boolean: json_ += token.is_true ? "true" : "false"; break;
      case Kind::unsigned_integer: append_decimal(token.unsigned_value, json_); break;
      case Kind::negative_integer: append_decimal(token.integer, json_); break;
      case Kind::floating: append_double(token.number, json_); break;
      default: json_ += "null"; break;
    }
  }

  Failure write_value() {
    MsgpackToken token;
    if (!reader_.next(token)) return PacketError::bad_json;
    switch (token.kind) {
      case Kind::string: return write_string(token);
      case Kind::binary: return write_attachment(token.bytes);
      case Kind::date: append_iso_time(token.integer, json_); return std::nullopt;
      case Kind::extension: return write_extension(token);
      case Kind::array: return open('[', ']', token.count);
      case Kind::map: return open('{', '}', token.count);
      default: write_scalar(token); return std::nullopt;
    }
  }

  Failure write_string(const MsgpackToken& token) {
    if (!is_utf8(token.text())) return PacketError::bad_json;
    append_json_string(token.text(), json_);
    return std::nullopt;
  }

  Failure write_attachment(Bytes bytes) {
    if (levels_.size() >= limits_.max_depth) return PacketError::bad_json;  // its placeholder is one level more
    if (attachments_.size() >= limits_.max_attachments) return PacketError::bad_attachment_count;
    json_ += R"({"_placeholder":true,"num":)";
    append_decimal(attachments_.size(), json_);
    json_ += '}';
    attachments_.push_back(bytes);
    return std::nullopt;
  }

  /// Timestamps as a Date would be; other extensions as notepack.io hands them on: `[type, bytes]`.
  Failure write_extension(const MsgpackToken& token) {
    if (const std::optional<std::int64_t> ms = timestamp_ms(token)) {
      append_iso_time(*ms, json_);
      return std::nullopt;
    }
    if (levels_.size() + 1 >= limits_.max_depth) return PacketError::bad_json;
    json_ += '[';
    append_decimal(int{token.extension_type}, json_);
    json_ += ',';
    if (const Failure failure = write_attachment(token.bytes)) return failure;
    json_ += ']';
    return std::nullopt;
  }

  Failure open(char opener, char closer, std::uint32_t count) {
    if (levels_.size() >= limits_.max_depth) return PacketError::bad_json;
    json_ += opener;
    levels_.push_back({count, closer});
    return std::nullopt;
  }

  MsgpackReader reader_;
  const PacketLimits& limits_;
  std::string& json_;
  std::vector<Bytes>& attachments_;
  boost::container::small_vector<Level, 16> levels_;
};

}  // namespace

std::optional<PacketError> write_json(MsgpackReader value, const PacketLimits& limits, std::string& json,
                                      std::vector<Bytes>& attachments) {
  return JsonWriter(value, limits, json, attachments).run();
}

}  // namespace signaling::protocol::detail
