#pragma once
// Copies of some texts, in one block of memory that is used again: for what has to outlive the call that named them.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <new>
#include <span>
#include <string_view>
#include <utility>

#include <signaling/base/recycled.hpp>

namespace signaling::socketio {

/// Immutable after it is made. The views stay good when it is moved.
class OwnedTexts {
 public:
  using Texts = std::span<const std::string_view>;

  /// @param groups  one after the other in `all`
  explicit OwnedTexts(std::initializer_list<Texts> groups) {
    std::size_t bytes = 0;
    for (const Texts group : groups) {
      number_ += group.size();
      for (const std::string_view text : group) bytes += text.size();
    }
    if (number_ == 0) return;
    bytes_ = number_ * sizeof(std::string_view) + bytes;
    views_ = static_cast<std::string_view*>(base::take_recycled(bytes_));
    std::string_view* view = views_;
    char* out = reinterpret_cast<char*>(views_ + number_);
    for (const Texts group : groups) {
      for (const std::string_view text : group) {
        if (!text.empty()) std::memcpy(out, text.data(), text.size());
        ::new (view++) std::string_view(out, text.size());
        out += text.size();
      }
    }
  }
  OwnedTexts(OwnedTexts&& other) noexcept
      : views_(std::exchange(other.views_, nullptr)),
        number_(std::exchange(other.number_, 0)),
        bytes_(std::exchange(other.bytes_, 0)) {}
  OwnedTexts& operator=(OwnedTexts&&) = delete;
  ~OwnedTexts() {
    if (views_ != nullptr) base::give_back_recycled(views_, bytes_);
  }

  Texts all() const noexcept { return {views_, number_}; }

 private:
  std::string_view* views_ = nullptr;  // the texts lie behind the last
  std::size_t number_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace signaling::socketio
