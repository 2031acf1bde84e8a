#pragma once
// Requests to services by path: exact paths first, then prefixes and matchers in the order they were added; 404 otherwise.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <signaling/net/http_service.hpp>

namespace signaling::net {

/// Which paths belong to a service. Constant while the server runs. [any loop thread]
class PathMatcher {
 public:
  virtual bool matches(std::string_view path) const = 0;

 protected:
  ~PathMatcher() = default;
};

/// Filled before the server starts, constant afterwards; one may serve all loops if its services can.
class Router final : public HttpService {
 public:
  /// @param policy overrides the service's own; must outlive the router.
  void add_exact(std::string path, HttpService& service, const ResponsePolicy* policy = nullptr);
  /// The path begins with `prefix`: a plain prefix test, as engine.io does (`/socket.io/x` belongs to `/socket.io/`).
  void add_prefix(std::string prefix, HttpService& service, const ResponsePolicy* policy = nullptr);

  /// The path is one that `matcher` knows, which outlives the router.
  void add_matching(const PathMatcher& matcher, HttpService& service, const ResponsePolicy* policy = nullptr);

  void handle(engine::HttpExchange& exchange) override;
  const ResponsePolicy* policy(const engine::HttpRequest& request) const override;

 private:
  struct Route {
    std::string path;
    HttpService* service;
    const ResponsePolicy* policy;
    const PathMatcher* matcher = nullptr;
  };
  const Route* find(std::string_view path) const noexcept;

  std::vector<Route> exact_;
  std::vector<Route> ordered_;  ///< prefixes and matchers
};

}  // namespace signaling::net
