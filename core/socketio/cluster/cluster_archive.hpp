#pragma once
// Fields of a cluster message to and from cereal's portable binary, one definition for both directions:
//
//     template <class Archive> void fields(Archive& archive, Query& query) { archive(query.request, query.target); }
//
// A text is its length in 32 bits and its bytes; a list is its count in 32 bits and its items. Reading copies nothing, and
// believes no length: each is held to what is left of the message before anything is made from it.

#include <cstddef>
#include <cstdint>
#include <istream>
#include <ostream>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <cereal/archives/portable_binary.hpp>

#include <signaling/base/byte_stream.hpp>
#include <signaling/plugin_api/values.hpp>

namespace signaling::socketio::cluster {

/// Views of what is written, or of what was read. The first item has its place in the list itself: most lists have one.
template <class T>
class List {
 public:
  List() = default;
  List(std::span<const T> items) : items_(items) {}
  List(const List&) = delete;
  List& operator=(const List&) = delete;
  std::span<const T> view() const noexcept { return items_; }

  void assign(std::span<const T> items) noexcept { items_ = items; }
  /// Room for that many; the reader fills them.
  std::span<T> resize(std::size_t count) {
    if (count <= 1) {
      items_ = {&one_, count};
      return {&one_, count};
    }
    many_.resize(count);
    items_ = many_;
    return many_;
  }
  /// For a move of the bytes that the items look at.
  template <class Move>
  void rebase(Move&& move) {
    if (items_.empty()) return;
    std::span<T> own = items_.data() == &one_ ? std::span<T>(&one_, 1) : std::span<T>(many_);
    for (T& item : own) item = move(item);
  }

 private:
  std::span<const T> items_;
  T one_{};
  std::vector<T> many_;
};

using Texts = List<std::string_view>;

/// An event's or answer's JSON array and its attachments, whichever parser the clients of each node use.
struct WirePayload {
  plugin_api::TextPieces pieces;  ///< to write
  std::string_view text;          ///< read
  List<plugin_api::Bytes> attachments;

  void assign(const plugin_api::Payload& payload) noexcept {
    pieces = payload.text;
    attachments.assign(payload.attachments);
  }
};

struct MalformedMessage : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Appends to a buffer of the calling thread, kept for its capacity: what `bytes` shows is good until the next writer.
class Writer {
 public:
  Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  template <class... Fields>
  void operator()(const Fields&... all) {
    (write(all), ...);
  }
  plugin_api::Bytes bytes() const noexcept;

 private:
  struct Sink;
  static Sink& sink();

  void write(std::uint8_t value) { archive_(value); }
  void write(std::uint16_t value) { archive_(value); }
  void write(std::uint32_t value) { archive_(value); }
  void write(std::uint64_t value) { archive_(value); }
  void write(std::string_view text);
  void write(plugin_api::Bytes bytes);
  void write(const WirePayload& payload);
  void write(const std::string& text) { write(std::string_view(text)); }
  template <class T>
  void write(const List<T>& list) {
    write(static_cast<std::uint32_t>(list.view().size()));
    for (const T& item : list.view()) write(item);
  }
  template <class T>
  requires requires(Writer& w, T& t) { fields(w, t); }
  void write(const T& value) {
    fields(*this, const_cast<T&>(value));  // a writer changes nothing
  }

  Sink& sink_;
  cereal::PortableBinaryOutputArchive archive_;
};

/// Throws MalformedMessage or cereal::Exception where the bytes end early. Bytes behind the last field are a newer release's.
class Reader {
 public:
  explicit Reader(plugin_api::Bytes message);
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  template <class... Fields>
  void operator()(Fields&... all) {
    (read(all), ...);
  }
  std::size_t left() const noexcept { return source_.left(); }
  /// Bytes read so far.
  std::size_t position() const noexcept { return source_.position(); }

 private:
  void read(std::uint8_t& value) { archive_(value); }
  void read(std::uint16_t& value) { archive_(value); }
  void read(std::uint32_t& value) { archive_(value); }
  void read(std::uint64_t& value) { archive_(value); }
  void read(std::string_view& text);
  void read(plugin_api::Bytes& bytes);
  void read(WirePayload& payload);
  template <class T>
  void read(List<T>& list) {
    std::uint32_t count = 0;
    read(count);
    // Each item takes four bytes or more.
    if (count > left() / sizeof(std::uint32_t)) throw MalformedMessage("a list is longer than its message");
    for (T& item : list.resize(count)) read(item);
  }
  template <class T>
  requires requires(Reader& r, T& t) { fields(r, t); }
  void read(T& value) { fields(*this, value); }

  base::ViewBuffer source_;
  std::istream stream_;
  cereal::PortableBinaryInputArchive archive_;
};

}  // namespace signaling::socketio::cluster
