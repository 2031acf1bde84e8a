#pragma once
// What answers under which URL path on the main listener.

#include <memory>
#include <optional>
#include <string>

#include <spdlog/logger.h>

#include <signaling/forwarding/forwarding.hpp>
#include <signaling/net/cors.hpp>
#include <signaling/net/http_compression.hpp>
#include <signaling/net/http_service.hpp>
#include <signaling/net/router.hpp>
#include <signaling/net/static_files.hpp>
#include <signaling/server/config.hpp>

namespace signaling::server {

/// How the answers of one loop are dressed. On that loop once it runs: answers to come refer to it.
class WebPolicies {
 public:
  WebPolicies(const std::optional<net::CorsOptions>& cors, const std::optional<net::CompressionOptions>& compression);
  WebPolicies(const WebPolicies&) = delete;
  WebPolicies& operator=(const WebPolicies&) = delete;

  void set_cors(const std::optional<net::CorsOptions>& cors);
  const net::ResponsePolicy& policy() const noexcept { return policy_; }

 private:
  std::unique_ptr<net::Cors> cors_;
  std::optional<net::CompressionOptions> compression_;
  net::ResponsePolicy policy_;
};

/// Services without state that all loops share: client files and static files. Constant once made.
class WebServices {
 public:
  /// Reads the files into memory. @throws std::runtime_error whose text names the configuration's key and place.
  WebServices(const Configuration& configuration, spdlog::logger& log);

  /// What one loop has for itself.
  struct LoopServices {
    net::HttpService* engine = nullptr;
    const net::PathMatcher* plugin_paths = nullptr;  ///< with `plugin_routes`; nullptr: no plugin has routes
    net::HttpService* plugin_routes = nullptr;
  };
  /// Routes of one loop: client files, engine, those of plugins, static files; else 404.
  void add_routes(net::Router& router, const LoopServices& services, const WebPolicies& policies) const;

 private:
  std::string engine_path_;
  std::string www_path_;
  std::unique_ptr<net::ClientBundle> client_bundle_;
  std::unique_ptr<net::StaticFiles> static_files_;
};

/// The engine of one loop as a service, and of other nodes those that have the session.
class EngineService final : public net::HttpService {
 public:
  explicit EngineService(forwarding::Forwarding& forwarding) : forwarding_(forwarding) {}
  void handle(engine::HttpExchange& exchange) override { forwarding_.handle(exchange); }

 private:
  forwarding::Forwarding& forwarding_;
};

}  // namespace signaling::server
