#pragma once
// What the first HTTP request of a client said, kept in one block for as long as the client is there.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <signaling/engine/http_exchange.hpp>

namespace signaling::socketio {

/// Immutable. One allocation: address, target and headers behind one another.
class HandshakeInfo {
 public:
  HandshakeInfo(const engine::HttpRequest& request, std::int64_t issued_ms);

  std::string_view address() const noexcept { return part(0, address_size_); }
  std::string_view target() const noexcept { return part(address_size_, target_size_); }
  std::string_view header(std::string_view name) const noexcept;
  /// First value of the query parameter, percent-decoded, in a buffer of the calling thread that the next call reuses.
  std::string_view query(std::string_view name) const;
  bool secure() const noexcept { return secure_; }
  std::int64_t issued_ms() const noexcept { return issued_ms_; }
  /// Appends `{"address":…,"headers":{…},"query":{…},…}` without the closing brace: what socket queries show.
  void append_json(std::string& out) const;

 private:
  std::string_view part(std::size_t at, std::size_t size) const noexcept { return {block_.get() + at, size}; }

  std::unique_ptr<char[]> block_;
  std::uint32_t size_ = 0;
  std::uint32_t address_size_ = 0;
  std::uint32_t target_size_ = 0;
  bool secure_ = false;
  std::int64_t issued_ms_ = 0;
};

}  // namespace signaling::socketio
