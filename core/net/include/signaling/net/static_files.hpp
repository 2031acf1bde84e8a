#pragma once
// Files served from memory: a directory below a URL prefix, and the Socket.IO client bundle.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <signaling/net/http_service.hpp>

namespace signaling::net {

struct StaticFilesOptions {
  std::string index = "index.html";  ///< served for a path that ends in `/`
  std::size_t max_total_bytes = 64u << 20;
  std::size_t max_files = 10'000;
};

/// Reads every regular file below `directory` once; nothing outside it can be reached, since requests are looked up by name
/// among what was read. Symbolic links are followed only where they stay inside. Names that begin with a dot are left out.
/// Answers GET and HEAD with Content-Type, ETag, `Cache-Control: public, max-age=0`, 304 and gzip; 405 to other methods.
/// Constant once made; any loop.
class StaticFiles final : public HttpService {
 public:
  /// @param url_prefix ends in `/`. @throws std::runtime_error that names the directory or file and the bound.
  StaticFiles(const std::string& directory, std::string url_prefix, const StaticFilesOptions& options = {});
  ~StaticFiles();
  void handle(engine::HttpExchange& exchange) override;
  std::size_t file_count() const noexcept;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// The files that socket.io's `serveClient` gives: `socket.io[.esm][.msgpack][.min].js[.map]`, those of them that exist in
/// `directory`. Add `paths()` to the router as exact paths, before the engine's prefix.
class ClientBundle final : public HttpService {
 public:
  /// @param engine_path with `/` at the end. A directory that is missing or empty gives a bundle that answers 404.
  ClientBundle(const std::string& directory, const std::string& engine_path);
  ~ClientBundle();
  void handle(engine::HttpExchange& exchange) override;
  /// All names that belong to the bundle, present or not.
  const std::vector<std::string>& paths() const noexcept;
  std::size_t file_count() const noexcept;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace signaling::net
