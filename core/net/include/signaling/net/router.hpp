#pragma once
// Requests to services by path: exact paths first, then prefixes in the order they were added; 404 otherwise.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <signaling/net/http_service.hpp>

namespace signaling::net {

/// Filled before the server starts, constant afterwards; one may serve all loops if its services can.
class Router final : public HttpService {
 public:
  /// @param policy overrides the service's own; must outlive the router.
  void add_exact(std::string path, HttpService& service, const ResponsePolicy* policy = nullptr);
  /// The path begins with `prefix`: a plain prefix test, as engine.io does (`/socket.io/x` belongs to `/socket.io/`).
  void add_prefix(std::string prefix, HttpService& service, const ResponsePolicy* policy = nullptr);

  void handle(engine::HttpExchange& exchange) override;
  const ResponsePolicy* policy(const engine::HttpRequest& request) const override;

 private:
  struct Route {
    std::string path;
    HttpService* service;
    const ResponsePolicy* policy;
  };
  const Route* find(std::string_view path) const noexcept;

  std::vector<Route> exact_;
  std::vector<Route> prefixes_;
};

}  // namespace signaling::net
