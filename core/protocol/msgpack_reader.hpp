#pragma once
// Reads msgpack one token at a time (github.com/msgpack/msgpack, spec.md), with the conventions that notepack.io adds.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace signaling::protocol::detail {

struct MsgpackToken {
  enum class Kind : std::uint8_t {
    nil,
    undefined,  ///< notepack.io: fixext 1, type 0
    boolean,
    unsigned_integer,
    negative_integer,
    floating,
    string,
    binary,  ///< bin, or ext of type 0: notepack.io's form of an ArrayBuffer
    date,    ///< notepack.io: fixext 8, type 0: milliseconds in `integer`
    extension,
    array,
    map,
  };

  Kind kind = Kind::nil;
  bool is_true = false;              ///< boolean
  std::int8_t extension_type = 0;    ///< extension
  std::uint32_t count = 0;           ///< array: elements that follow; map: pairs
  std::uint64_t unsigned_value = 0;  ///< unsigned_integer
  std::int64_t integer = 0;          ///< negative_integer, date
  double number = 0;                 ///< floating
  std::span<const std::byte> bytes;  ///< string, binary, extension

  std::string_view text() const noexcept { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
  bool is_string(std::string_view wanted) const noexcept { return kind == Kind::string && text() == wanted; }
};

/// A position in a message; cheap to copy. Lengths and counts are held against the bytes that are left before anyone acts on
/// them.
class MsgpackReader {
 public:
  explicit MsgpackReader(std::span<const std::byte> message) noexcept : rest_(message) {}
  bool at_end() const noexcept { return rest_.empty(); }

  /// Reads one token; of arrays and maps only the head. False: truncated, or not msgpack.
  bool next(MsgpackToken& token) noexcept;
  /// Passes over one whole value, however deep.
  bool skip() noexcept;

 private:
  bool take(std::size_t size, std::span<const std::byte>& bytes) noexcept;
  bool take_unsigned(std::size_t size, std::uint64_t& value) noexcept;
  bool take_signed(std::size_t size, MsgpackToken& token) noexcept;
  bool take_bytes(MsgpackToken::Kind kind, std::size_t size, MsgpackToken& token) noexcept;
  bool take_sized_bytes(MsgpackToken::Kind kind, std::size_t length_size, MsgpackToken& token) noexcept;
  bool take_extension(std::size_t size, bool is_fixed, MsgpackToken& token) noexcept;
  bool take_container(MsgpackToken::Kind kind, std::uint64_t count, MsgpackToken& token) noexcept;
  bool take_sized_container(MsgpackToken::Kind kind, std::size_t length_size, MsgpackToken& token) noexcept;

  std::span<const std::byte> rest_;
};

}  // namespace signaling::protocol::detail
