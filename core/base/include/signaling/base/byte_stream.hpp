#pragma once
// Streams over memory for archives of what goes between nodes: no copy of what is read, no stringstream for what is written.

#include <cstddef>
#include <streambuf>
#include <string>
#include <string_view>

namespace signaling::base {

/// Appends to a string.
class AppendBuffer final : public std::streambuf {
 public:
  std::string& text() noexcept { return text_; }
  const std::string& text() const noexcept { return text_; }

 protected:
  std::streamsize xsputn(const char* data, std::streamsize size) override {
    text_.append(data, static_cast<std::size_t>(size));
    return size;
  }
  int_type overflow(int_type c) override {
    if (!traits_type::eq_int_type(c, traits_type::eof())) text_.push_back(traits_type::to_char_type(c));
    return traits_type::not_eof(c);
  }

 private:
  std::string text_;
};

/// Reads bytes that outlive it; parts may be taken as views.
class ViewBuffer final : public std::streambuf {
 public:
  explicit ViewBuffer(std::string_view bytes) {
    char* begin = const_cast<char*>(bytes.data());  // never written: there is no put area, and nothing is put back
    setg(begin, begin, begin + bytes.size());
  }
  std::size_t left() const noexcept { return static_cast<std::size_t>(egptr() - gptr()); }
  /// Bytes read so far.
  std::size_t position() const noexcept { return static_cast<std::size_t>(gptr() - eback()); }
  /// At most `left()`.
  std::string_view take(std::size_t size) noexcept {
    const std::string_view view(gptr(), size);
    setg(eback(), gptr() + size, egptr());
    return view;
  }
  /// Ends the stream after `size` more bytes, at most `left()`. @return where it ended before, for `widen`.
  char* narrow(std::size_t size) noexcept {
    char* const end = egptr();
    setg(eback(), gptr(), gptr() + size);
    return end;
  }
  /// Skips to where `narrow` had put the end, and moves the end back.
  void widen(char* end) noexcept { setg(eback(), egptr(), end); }
};

}  // namespace signaling::base
