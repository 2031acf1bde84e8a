#include "served_file.hpp"

#include <array>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <utility>

#include <openssl/sha.h>

#include <signaling/net/http_compression.hpp>

#include "header_text.hpp"

namespace signaling::net {
namespace {

constexpr std::size_t compress_from = 512;
constexpr int best_level = 9;  // once, at start

std::string read_file(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  if (!stream) throw std::runtime_error("cannot read " + file.string());
  return std::move(text).str();
}

std::string hash_of(std::string_view body) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(body.data()), body.size(), digest.data());
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < 12; ++i) {
    text += digits[digest[i] >> 4];
    text += digits[digest[i] & 15];
  }
  return text;
}

bool is_compressible(std::string_view content_type) noexcept {
  return content_type.starts_with("text/") || content_type.starts_with("application/") || content_type.ends_with("+xml");
}

}  // namespace

ServedFile::ServedFile(const std::filesystem::path& file, std::string_view content_type)
    : body_(read_file(file)), content_type_(content_type) {
  const std::string hash = hash_of(body_);
  etag_ = '"' + hash + '"';
  gzip_etag_ = '"' + hash + "-gzip\"";
  if (body_.size() < compress_from || !is_compressible(content_type)) return;
  gzip_ = compress(body_, ContentCoding::gzip, best_level);
  if (gzip_.size() >= body_.size() - body_.size() / 10) gzip_ = std::string();
}

void ServedFile::serve(engine::HttpExchange& exchange) const {
  if (refuse_method(exchange)) return;
  const engine::HttpRequest& request = exchange.request();
  const bool as_gzip = !gzip_.empty() && negotiate_coding(request.header("Accept-Encoding")) == ContentCoding::gzip;
  const std::string& etag = as_gzip ? gzip_etag_ : etag_;
  engine::HttpReply reply;
  reply.content_type = content_type_;
  reply.headers.emplace_back("Cache-Control", "public, max-age=0");
  reply.headers.emplace_back("ETag", etag);
  if (!gzip_.empty()) add_vary(reply.headers, "Accept-Encoding");
  if (etag_matches(request.header("If-None-Match"), etag)) {
    reply.status = 304;
  } else {
    if (as_gzip) reply.headers.emplace_back("Content-Encoding", "gzip");
    reply.body = as_gzip ? gzip_ : body_;
  }
  exchange.respond(std::move(reply));
}

std::string_view content_type_of(const std::filesystem::path& file) noexcept {
  struct Type {
    std::string_view extension;
    std::string_view type;
  };
  static constexpr std::array<Type, 20> types{{
      {".html", "text/html; charset=utf-8"},
      {".js", "text/javascript; charset=utf-8"},
      {".mjs", "text/javascript; charset=utf-8"},
      {".css", "text/css; charset=utf-8"},
      {".json", "application/json; charset=utf-8"},
      {".map", "application/json; charset=utf-8"},
      {".webmanifest", "application/manifest+json; charset=utf-8"},
      {".txt", "text/plain; charset=utf-8"},
      {".svg", "image/svg+xml"},
      {".png", "image/png"},
      {".jpg", "image/jpeg"},
      {".jpeg", "image/jpeg"},
      {".webp", "image/webp"},
      {".gif", "image/gif"},
      {".ico", "image/x-icon"},
      {".woff2", "font/woff2"},
      {".wasm", "application/wasm"},
      {".mp4", "video/mp4"},
      {".webm", "video/webm"},
      {".xml", "application/xml"},
  }};
  const std::string extension = file.extension().string();
  for (const Type& type : types) {
    if (equals_ignoring_case(extension, type.extension)) return type.type;
  }
  return "application/octet-stream";
}

bool etag_matches(std::string_view if_none_match, std::string_view etag) noexcept {
  while (!if_none_match.empty()) {
    std::string_view candidate = take_element(if_none_match);
    if (candidate.starts_with("W/")) candidate.remove_prefix(2);
    if (candidate == etag || candidate == "*") return true;
  }
  return false;
}

void serve_not_found(engine::HttpExchange& exchange) {
  engine::HttpReply reply;
  reply.status = 404;
  reply.content_type = "text/plain; charset=utf-8";
  reply.body = "Not Found";
  exchange.respond(std::move(reply));
}

bool refuse_method(engine::HttpExchange& exchange) {
  const std::string_view method = exchange.request().method;
  if (method == "GET" || method == "HEAD") return false;
  engine::HttpReply reply;
  reply.status = 405;
  reply.content_type = "text/plain; charset=utf-8";
  reply.body = "Method Not Allowed";
  reply.headers.emplace_back("Allow", "GET, HEAD");
  exchange.respond(std::move(reply));
  return true;
}

}  // namespace signaling::net
