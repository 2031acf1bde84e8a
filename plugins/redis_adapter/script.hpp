#pragma once
// A Lua script and the name that a server knows it by.

#include <string>
#include <string_view>

namespace signaling::redis_adapter {

/// Made once, at start or as a static; outlives the commands that use it.
class Script {
 public:
  explicit Script(std::string_view source);  // computes the SHA-1
  std::string_view source() const noexcept { return source_; }
  /// 40 lower-case hexadecimal digits.
  std::string_view sha1() const noexcept { return sha1_; }

 private:
  std::string source_;
  std::string sha1_;
};

}  // namespace signaling::redis_adapter
