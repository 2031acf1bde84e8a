#pragma once
// One file in memory and the answers it gives.

#include <filesystem>
#include <string>
#include <string_view>

#include <signaling/engine/http_exchange.hpp>

namespace signaling::net {

class ServedFile {
 public:
  /// Reads it, and keeps a gzip variant where that is worth it. @throws std::runtime_error that names the file.
  ServedFile(const std::filesystem::path& file, std::string_view content_type);

  /// GET or HEAD: 200 or, with a matching If-None-Match, 304.
  void serve(engine::HttpExchange& exchange) const;
  std::size_t bytes() const noexcept { return body_.size(); }

 private:
  std::string body_;
  std::string gzip_;  ///< empty: not worth it
  std::string etag_;
  std::string gzip_etag_;  ///< another representation, another strong tag (RFC 9110 section 8.8.1)
  std::string_view content_type_;
};

/// By the file name's extension; static text.
std::string_view content_type_of(const std::filesystem::path& file) noexcept;
/// If-None-Match holds the tag, in its weak form too, or `*`. Pure.
bool etag_matches(std::string_view if_none_match, std::string_view etag) noexcept;
void serve_not_found(engine::HttpExchange& exchange);
/// 405, true: the method is neither GET nor HEAD.
bool refuse_method(engine::HttpExchange& exchange);

}  // namespace signaling::net
