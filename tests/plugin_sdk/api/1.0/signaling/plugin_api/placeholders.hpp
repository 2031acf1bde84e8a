#pragma once
// Binary inside JSON. In the text of a packet a binary part is `{"_placeholder":true,"num":<index of the attachment>}`; who
// forwards a part of one packet in another has to number the placeholders anew and pick the attachments they name.

#include <charconv>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <signaling/plugin_api/json_slice.hpp>
#include <signaling/plugin_api/values.hpp>

namespace signaling::plugin_api::json {

/// Makes slices of one packet fit for another. Keeps its buffers from use to use: keep the object too. One thread at a time.
class PlaceholderRewriter {
 public:
  /// An object is a placeholder where its member `_placeholder` is `true` and its member `num` an integer below
  /// `attachments.size()` (of duplicate keys the last counts); whatever else it holds goes with it, as in the official parser.
  ///
  /// @param slice        valid JSON, part of a packet with these attachments
  /// @return `slice` itself where its placeholders have these numbers already (always where there are no attachments),
  ///         else a text that is valid until the next call. `attachments()` has the parts that it names, in order of first
  ///         mention; a part named several times is there once, so that a small text cannot multiply it.
  std::string_view rewrite(std::string_view slice, std::span<const Bytes> attachments) {
    used_.clear();
    if (attachments.empty()) return slice;
    find(slice, attachments.size());
    new_numbers_.assign(attachments.size(), none);
    bool is_same = true;
    for (Found& found : found_) {
      std::size_t& number = new_numbers_[found.num];
      if (number == none) {
        number = used_.size();
        used_.push_back(attachments[found.num]);
      }
      is_same = is_same && number == found.num;
      found.num = number;
    }
    if (is_same) return slice;
    renumber(slice);
    return text_;
  }
  std::span<const Bytes> attachments() const noexcept { return used_; }

  /// Whether the slice names an attachment anywhere.
  bool has_placeholder(std::string_view slice, std::span<const Bytes> attachments) {
    if (attachments.empty()) return false;
    find(slice, attachments.size());
    return !found_.empty();
  }

 private:
  struct Found {
    std::size_t begin;
    std::size_t end;
    std::size_t num;
  };
  enum class Key : std::uint8_t { other, placeholder, num };
  /// One open object or array.
  struct Level {
    std::size_t begin;
    std::size_t found_inside;  // size of found_ when it was opened
    std::int64_t num = -1;
    Key key = Key::other;
    bool is_object;
    bool expects_key;
    bool is_marked = false;
  };

  /// One pass without recursion. An object is judged when it closes; what was found inside a placeholder is then forgotten.
  void find(std::string_view text, std::size_t attachment_count) {
    found_.clear();
    levels_.clear();
    std::size_t at = 0;
    while (at < text.size()) {
      const char c = text[at];
      if (c == '{' || c == '[') {
        on_value({});
        levels_.push_back({.begin = at, .found_inside = found_.size(), .is_object = c == '{', .expects_key = c == '{'});
        ++at;
      } else if (c == '}' || c == ']') {
        ++at;
        if (!levels_.empty()) close(at, attachment_count);
      } else if (c == ',') {
        if (!levels_.empty()) levels_.back().expects_key = levels_.back().is_object;
        ++at;
      } else if (c == ':' || detail::is_blank(c)) {
        ++at;
      } else {
        const std::size_t begin = at;
        at = detail::value_end(text, at);
        on_scalar(text.substr(begin, at - begin));
      }
    }
  }

  void on_scalar(std::string_view slice) {
    if (levels_.empty()) return;
    Level& level = levels_.back();
    if (!level.expects_key) {
      on_value(slice);
      return;
    }
    level.expects_key = false;
    level.key = string_is(slice, "_placeholder") ? Key::placeholder : string_is(slice, "num") ? Key::num : Key::other;
  }

  /// @param slice empty for an object or array
  void on_value(std::string_view slice) {
    if (levels_.empty()) return;
    Level& level = levels_.back();
    if (level.key == Key::placeholder) level.is_marked = boolean(slice);
    if (level.key == Key::num) level.num = integer(slice).value_or(-1);
    level.key = Key::other;
  }

  void close(std::size_t end, std::size_t attachment_count) {
    const Level level = levels_.back();
    levels_.pop_back();
    if (!level.is_marked || level.num < 0 || static_cast<std::uint64_t>(level.num) >= attachment_count) return;
    found_.resize(level.found_inside);
    found_.push_back({level.begin, end, static_cast<std::size_t>(level.num)});
  }

  void renumber(std::string_view slice) {
    text_.clear();
    std::size_t copied = 0;
    for (const Found& found : found_) {
      text_.append(slice.substr(copied, found.begin - copied));
      copied = found.end;
      char digits[20];
      const std::to_chars_result result = std::to_chars(digits, digits + sizeof digits, found.num);
      text_.append(R"({"_placeholder":true,"num":)");
      text_.append(digits, static_cast<std::size_t>(result.ptr - digits));
      text_.push_back('}');
    }
    text_.append(slice.substr(copied));
  }

  static constexpr std::size_t none = ~std::size_t{0};

  std::vector<Found> found_;
  std::vector<std::size_t> new_numbers_;  // by old number; none: not named so far
  std::vector<Level> levels_;
  std::vector<Bytes> used_;
  std::string text_;
};

}  // namespace signaling::plugin_api::json
