// JSON text and attachments to msgpack, in the smallest forms, as notepack.io writes them.

#include <algorithm>
#include <bit>
#include <charconv>
#include <limits>

#include <boost/container/small_vector.hpp>

#include <signaling/protocol/json_text.hpp>
#include <signaling/protocol/msgpack_packet.hpp>

#include "json_scanner.hpp"
#include "placeholder_scanner.hpp"

namespace signaling::protocol {
namespace {

void append_big_endian(std::uint64_t value, std::size_t size, std::string& out) {
  for (std::size_t shift = 8 * size; shift > 0; shift -= 8) out += static_cast<char>((value >> (shift - 8)) & 0xFF);
}

void append_head(std::uint8_t head, std::uint64_t value, std::size_t size, std::string& out) {
  out += static_cast<char>(head);
  append_big_endian(value, size, out);
}

void append_unsigned(std::uint64_t value, std::string& out) {
  if (value < 0x80) {
    append_big_endian(value, 1, out);
  } else if (value <= 0xFF) {
    append_head(0xCC, value, 1, out);
  } else if (value <= 0xFFFF) {
    append_head(0xCD, value, 2, out);
  } else if (value <= 0xFFFFFFFF) {
    append_head(0xCE, value, 4, out);
  } else {
    append_head(0xCF, value, 8, out);
  }
}

void append_negative(std::int64_t value, std::string& out) {
  const auto bits = static_cast<std::uint64_t>(value);
  if (value >= -0x20) {
    append_big_endian(bits, 1, out);
  } else if (value >= std::numeric_limits<std::int8_t>::min()) {
    append_head(0xD0, bits, 1, out);
  } else if (value >= std::numeric_limits<std::int16_t>::min()) {
    append_head(0xD1, bits, 2, out);
  } else if (value >= std::numeric_limits<std::int32_t>::min()) {
    append_head(0xD2, bits, 4, out);
  } else {
    append_head(0xD3, bits, 8, out);
  }
}

void append_string(std::string_view text, std::string& out) {
  if (text.size() < 0x20) {
    out += static_cast<char>(0xA0 | text.size());
  } else if (text.size() <= 0xFF) {
    append_head(0xD9, text.size(), 1, out);
  } else if (text.size() <= 0xFFFF) {
    append_head(0xDA, text.size(), 2, out);
  } else {
    append_head(0xDB, text.size(), 4, out);
  }
  out += text;
}

void append_binary(Bytes bytes, std::string& out) {
  if (bytes.size() <= 0xFF) {
    append_head(0xC4, bytes.size(), 1, out);
  } else if (bytes.size() <= 0xFFFF) {
    append_head(0xC5, bytes.size(), 2, out);
  } else {
    append_head(0xC6, bytes.size(), 4, out);
  }
  out.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

void append_array_head(std::uint32_t count, std::string& out) {
  if (count < 0x10) {
    out += static_cast<char>(0x90 | count);
  } else if (count <= 0xFFFF) {
    append_head(0xDC, count, 2, out);
  } else {
    append_head(0xDD, count, 4, out);
  }
}

void append_map_head(std::uint32_t count, std::string& out) {
  if (count < 0x10) {
    out += static_cast<char>(0x80 | count);
  } else if (count <= 0xFFFF) {
    append_head(0xDE, count, 2, out);
  } else {
    append_head(0xDF, count, 4, out);
  }
}

/// `number` is valid JSON and out of the range of double: infinity or zero, as JSON.parse has it.
double beyond_range(std::string_view number) noexcept {
  const bool is_negative = number.front() == '-';
  // 10^magnitude is about the first digit that is not zero: its place before or behind the point, and the exponent.
  const std::size_t mantissa_end = std::min(number.find_first_of("eE"), number.size());
  const std::string_view mantissa = number.substr(0, mantissa_end);
  const std::size_t point = std::min(mantissa.find('.'), mantissa.size());
  const std::size_t digit = mantissa.find_first_of("123456789");
  const auto place = static_cast<std::int64_t>(point) - static_cast<std::int64_t>(digit);
  std::int64_t exponent = 0;
  if (mantissa_end != number.size()) {
    std::string_view digits = number.substr(mantissa_end + 1);
    if (digits.front() == '+') digits.remove_prefix(1);
    const bool is_small = digits.front() == '-';
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
    if (error == std::errc::result_out_of_range) exponent = is_small ? -(std::int64_t{1} << 60) : std::int64_t{1} << 60;
  }
  const double magnitude = place + exponent > 0 ? std::numeric_limits<double>::infinity() : 0.0;
  return is_negative ? -magnitude : magnitude;
}

void append_number(std::string_view number, std::string& out) {
  const char* const begin = number.data();
  const char* const end = begin + number.size();
  if (number.find_first_of(".eE") == std::string_view::npos) {
    std::uint64_t natural = 0;
    if (number.front() != '-' && std::from_chars(begin, end, natural).ec == std::errc()) return append_unsigned(natural, out);
    std::int64_t integer = 0;
    if (number.front() == '-' && std::from_chars(begin, end, integer).ec == std::errc()) {
      return integer == 0 ? append_unsigned(0, out) : append_negative(integer, out);
    }
  }
  double value = 0;
  if (std::from_chars(begin, end, value).ec != std::errc()) value = beyond_range(number);
  append_head(0xCB, std::bit_cast<std::uint64_t>(value), 8, out);
}

/// Walks a valid JSON text token by token. Each placeholder is one token.
class JsonWalk {
 public:
  JsonWalk(std::string_view json, const detail::Placeholders& placeholders) : json_(json), placeholders_(placeholders) {}

  /// Calls `visit(first character, token)`; a placeholder comes as 'p'.
  template <class Visit>
  void run(Visit visit) const {
    const char* const begin = json_.data();
    const char* const end = begin + json_.size();
    auto placeholder = placeholders_.begin();
    for (const char* p = detail::skip_blanks(begin, end); p != end; p = detail::skip_blanks(p, end)) {
      const char* after = p + 1;
      char kind = *p;
      if (placeholder != placeholders_.end() && static_cast<std::size_t>(p - begin) == placeholder->begin) {
        after = begin + placeholder->end;
        kind = 'p';
        ++placeholder;
      } else if (kind == '"') {
        after = detail::string_end(p + 1, end);
      } else if (kind == 't' || kind == 'n') {
        after = p + 4;
      } else if (kind == 'f') {
        after = p + 5;
      } else if (kind == '-' || detail::is_digit(kind)) {
        after = detail::number_end(p, end);
      }
      visit(kind, std::string_view(p, static_cast<std::size_t>(after - p)));
      p = after;
    }
  }

 private:
  std::string_view json_;
  const detail::Placeholders& placeholders_;
};

using Counts = boost::container::small_vector<std::uint32_t, 32>;

/// How many elements or members each array and object holds, in the order in which they open: msgpack says it beforehand.
Counts count_elements(const JsonWalk& walk) {
  Counts counts;
  boost::container::small_vector<std::size_t, 32> open;
  bool after_opening = false;
  walk.run([&](char kind, std::string_view) {
    const bool closes = kind == ']' || kind == '}';
    if (!open.empty() && (kind == ',' || (after_opening && !closes))) ++counts[open.back()];
    after_opening = kind == '[' || kind == '{';
    if (after_opening) {
      open.push_back(counts.size());
      counts.push_back(0);
    } else if (closes) {
      open.pop_back();
    }
  });
  return counts;
}

void append_value(const JsonWalk& walk, const detail::Placeholders& placeholders, std::span<const Bytes> attachments,
                  std::string& out) {
  const Counts counts = count_elements(walk);
  auto count = counts.begin();
  auto placeholder = placeholders.begin();
  std::string unescaped;
  walk.run([&](char kind, std::string_view token) {
    switch (kind) {
      case 'p': append_binary(attachments[*(placeholder++)->number], out); break;
      case '[': append_array_head(*count++, out); break;
      case '{': append_map_head(*count++, out); break;
      case '"': append_string(decode_event_name(token, unescaped), out); break;
      case 't': out += '\xC3'; break;
      case 'f': out += '\xC2'; break;
      case 'n': out += '\xC0'; break;
      case ']':
      case '}':
      case ',':
      case ':': break;
      default: append_number(token, out); break;
    }
  });
}

PacketType without_binary(PacketType type) noexcept {
  if (type == PacketType::binary_event) return PacketType::event;
  if (type == PacketType::binary_ack) return PacketType::ack;
  return type;
}

}  // namespace

boost::system::result<void, PacketError> encode_msgpack_packet(PacketType type, std::string_view namespace_name,
                                                               std::uint64_t ack_id, std::string_view json,
                                                               std::span<const Bytes> attachments, std::string& out) {
  out.clear();
  if (!json.empty() && !is_json(json, detail::deepest_nesting)) return PacketError::bad_json;
  const detail::Placeholders placeholders = attachments.empty() ? detail::Placeholders() : detail::find_placeholders(json);
  for (const detail::Placeholder& placeholder : placeholders) {
    if (!placeholder.number || *placeholder.number >= attachments.size()) return PacketError::bad_placeholder;
  }

  append_map_head(2 + (json.empty() ? 0 : 1) + (ack_id == no_ack ? 0 : 1), out);
  append_string("type", out);
  append_unsigned(static_cast<std::uint64_t>(without_binary(type)), out);
  if (!json.empty()) {
    append_string("data", out);
    append_value(JsonWalk(json, placeholders), placeholders, attachments, out);
  }
  append_string("nsp", out);
  append_string(namespace_name.empty() ? "/" : namespace_name, out);
  if (ack_id != no_ack) {
    append_string("id", out);
    append_unsigned(ack_id, out);
  }
  return {};
}

}  // namespace signaling::protocol
