#include <utility>

#include <signaling/net/router.hpp>

namespace signaling::net {

void Router::add_exact(std::string path, HttpService& service, const ResponsePolicy* policy) {
  exact_.push_back({std::move(path), &service, policy});
}

void Router::add_prefix(std::string prefix, HttpService& service, const ResponsePolicy* policy) {
  ordered_.push_back({std::move(prefix), &service, policy});
}

void Router::add_matching(const PathMatcher& matcher, HttpService& service, const ResponsePolicy* policy) {
  ordered_.push_back({{}, &service, policy, &matcher});
}

// A handful of routes: comparing them in turn is quicker than hashing the path.
const Router::Route* Router::find(std::string_view path) const noexcept {
  for (const Route& route : exact_) {
    if (path == route.path) return &route;
  }
  for (const Route& route : ordered_) {
    if (route.matcher != nullptr ? route.matcher->matches(path) : path.starts_with(route.path)) return &route;
  }
  return nullptr;
}

void Router::handle(engine::HttpExchange& exchange) {
  if (const Route* route = find(exchange.request().path)) {
    route->service->handle(exchange);
    return;
  }
  engine::HttpReply reply;
  reply.status = 404;
  reply.content_type = "text/plain; charset=utf-8";
  reply.body = "Not Found";
  exchange.respond(std::move(reply));
}

const ResponsePolicy* Router::policy(const engine::HttpRequest& request) const {
  const Route* route = find(request.path);
  if (route == nullptr) return nullptr;
  return route->policy != nullptr ? route->policy : route->service->policy(request);
}

}  // namespace signaling::net
