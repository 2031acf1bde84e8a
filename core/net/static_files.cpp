#include <filesystem>
#include <stdexcept>
#include <unordered_map>

#include <signaling/net/static_files.hpp>

#include "served_file.hpp"

namespace signaling::net {
namespace {

namespace fs = std::filesystem;

int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// Percent-decoded; false where malformed. What comes out is only ever compared with names that were read.
bool decode_path(std::string_view path, std::string& out) {
  out.clear();
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] != '%') {
      out += path[i];
      continue;
    }
    if (path.size() - i < 3 || hex_value(path[i + 1]) < 0 || hex_value(path[i + 2]) < 0) return false;
    out += static_cast<char>(hex_value(path[i + 1]) * 16 + hex_value(path[i + 2]));
    i += 2;
  }
  return true;
}

bool is_inside(const fs::path& root, const fs::path& file) {
  const fs::path relative = file.lexically_relative(root);
  return !relative.empty() && *relative.begin() != "..";
}

bool is_hidden(const fs::path& relative) {
  for (const fs::path& part : relative) {
    if (part.native().starts_with('.')) return true;
  }
  return false;
}

using Files = std::unordered_map<std::string, ServedFile>;

}  // namespace

class StaticFiles::Impl {
 public:
  Impl(const std::string& directory, std::string url_prefix, const StaticFilesOptions& options)
      : prefix_(std::move(url_prefix)), index_(options.index) {
    std::error_code error;
    const fs::path root = fs::canonical(directory, error);
    if (error || !fs::is_directory(root)) throw std::runtime_error("static files: no directory " + directory);
    std::size_t total = 0;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root)) {
      const fs::path relative = entry.path().lexically_relative(root);
      if (!entry.is_regular_file(error) || is_hidden(relative)) continue;
      const fs::path real = fs::canonical(entry.path(), error);
      if (error || !is_inside(root, real)) continue;
      total += fs::file_size(real, error);
      if (total > options.max_total_bytes)
        throw std::runtime_error("static files: " + directory + " holds more than " + std::to_string(options.max_total_bytes) +
                                 " bytes");
      if (files_.size() >= options.max_files)
        throw std::runtime_error("static files: " + directory + " holds more than " + std::to_string(options.max_files) +
                                 " files");
      files_.emplace(relative.generic_string(), ServedFile(real, content_type_of(relative)));
    }
  }

  const ServedFile* find(std::string_view path) const {
    if (!path.starts_with(prefix_)) return nullptr;
    std::string name;
    if (!decode_path(path.substr(prefix_.size()), name)) return nullptr;
    if (name.empty() || name.ends_with('/')) name += index_;
    const auto file = files_.find(name);
    return file != files_.end() ? &file->second : nullptr;
  }

  std::string prefix_;
  std::string index_;
  Files files_;
};

StaticFiles::StaticFiles(const std::string& directory, std::string url_prefix, const StaticFilesOptions& options)
    : impl_(std::make_unique<Impl>(directory, std::move(url_prefix), options)) {}
StaticFiles::~StaticFiles() = default;
std::size_t StaticFiles::file_count() const noexcept { return impl_->files_.size(); }

void StaticFiles::handle(engine::HttpExchange& exchange) {
  if (const ServedFile* file = impl_->find(exchange.request().path)) {
    file->serve(exchange);
  } else {
    serve_not_found(exchange);
  }
}

class ClientBundle::Impl {
 public:
  std::vector<std::string> paths_;
  Files files_;
};

ClientBundle::ClientBundle(const std::string& directory, const std::string& engine_path) : impl_(std::make_unique<Impl>()) {
  for (const char* name : {"socket.io.js", "socket.io.min.js", "socket.io.esm.min.js", "socket.io.msgpack.min.js"}) {
    for (const char* suffix : {"", ".map"}) {
      const std::string file_name = std::string(name) + suffix;
      const std::string path = engine_path + file_name;
      impl_->paths_.push_back(path);
      const fs::path file = fs::path(directory) / file_name;
      std::error_code error;
      if (!fs::is_regular_file(file, error)) continue;
      impl_->files_.emplace(path, ServedFile(file, *suffix != '\0' ? "application/json; charset=utf-8"
                                                                   : "application/javascript; charset=utf-8"));
    }
  }
}
ClientBundle::~ClientBundle() = default;
const std::vector<std::string>& ClientBundle::paths() const noexcept { return impl_->paths_; }
std::size_t ClientBundle::file_count() const noexcept { return impl_->files_.size(); }

void ClientBundle::handle(engine::HttpExchange& exchange) {
  const auto file = impl_->files_.find(std::string(exchange.request().path));
  if (file != impl_->files_.end()) {
    file->second.serve(exchange);
  } else {
    serve_not_found(exchange);
  }
}

}  // namespace signaling::net
