#pragma once
// Writing JSON: strings, and the list of pieces that a `Payload` is made of.

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include <signaling/plugin_api/values.hpp>

namespace signaling::plugin_api::json {

/// Appends `text` (UTF-8) as a JSON string with its quotes. What needs no escape is appended in runs.
inline void append_json_string(std::string& out, std::string_view text) {
  constexpr char hex[] = "0123456789abcdef";
  out.push_back('"');
  std::size_t run = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\') continue;
    out.append(text.substr(run, i - run));
    run = i + 1;
    out.push_back('\\');
    switch (c) {
      case '"':
      case '\\': out.push_back(c); break;
      case '\b': out.push_back('b'); break;
      case '\f': out.push_back('f'); break;
      case '\n': out.push_back('n'); break;
      case '\r': out.push_back('r'); break;
      case '\t': out.push_back('t'); break;
      default:
        out.append("u00");
        out.push_back(hex[static_cast<unsigned char>(c) >> 4]);
        out.push_back(hex[c & 0x0F]);
    }
  }
  out.append(text.substr(run));
  out.push_back('"');
}

/// `text` as a JSON string.
inline std::string json_string(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

/// The pieces of a small payload, on the stack: `Pieces(R"(["left",{"id":")", id, R"("}])")`. The texts must outlive it.
template <std::size_t N>
class Pieces {
 public:
  template <class... Texts>
  requires(sizeof...(Texts) == N) explicit Pieces(const Texts&... texts) : texts_{std::string_view(texts)...} {}

  TextPieces pieces() const noexcept { return texts_; }
  Payload payload(std::span<const Bytes> attachments = {}) const noexcept { return {texts_, attachments}; }
  operator Payload() const noexcept { return payload(); }  // implicit: emit(Pieces(...)) reads well

 private:
  std::array<std::string_view, N> texts_;
};
template <class... Texts>
Pieces(const Texts&...) -> Pieces<sizeof...(Texts)>;

/// Builds larger payloads in one buffer that is kept from use to use, so that it allocates only while it grows.
class PayloadBuilder {
 public:
  void clear() noexcept { text_.clear(); }
  PayloadBuilder& raw(std::string_view json) {
    text_.append(json);
    return *this;
  }
  PayloadBuilder& string(std::string_view text) {
    append_json_string(text_, text);
    return *this;
  }
  std::string_view text() const noexcept { return text_; }
  /// The payload so far; valid until the builder is changed.
  Payload payload(std::span<const Bytes> attachments = {}) {
    piece_ = text_;
    return {TextPieces(&piece_, 1), attachments};
  }

 private:
  std::string text_;
  std::string_view piece_;
};

}  // namespace signaling::plugin_api::json
