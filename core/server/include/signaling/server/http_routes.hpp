#pragma once
// HTTP routes that plugins have added on the main listener.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <signaling/base/clock.hpp>
#include <signaling/base/event_loop.hpp>
#include <signaling/net/http_service.hpp>
#include <signaling/net/router.hpp>
#include <signaling/plugin_api/http_routes.hpp>
#include <signaling/socketio/hooks.hpp>

namespace signaling::server {

struct HttpRoute {
  std::string method;
  std::string path;  ///< or a pattern
  base::Milliseconds timeout;
  plugin_api::HttpRouteHandler* handler;
  std::uint32_t plugin;  ///< number for the HookObserver
};

/// Of the whole node. Filled while the plugins start, on one thread; constant afterwards, [any thread].
class HttpRouteTable final : public net::PathMatcher {
 public:
  /// @param engine_path  below it no route may lie
  explicit HttpRouteTable(std::string engine_path) : engine_path_(std::move(engine_path)) {}

  /// As plugin_api::HttpRoutes::add. With `full`, `owner` is the number of the plugin that has it.
  plugin_api::Status add(HttpRoute route, std::uint32_t& owner);
  void remove_plugin(std::uint32_t plugin);
  void close() noexcept { is_closed_ = true; }

  bool empty() const noexcept { return exact_.empty() && patterns_.empty(); }
  bool matches(std::string_view path) const override;
  /// The route that answers, or nullptr; then `allowed` names the methods that the path has.
  const HttpRoute* find(std::string_view method, std::string_view path, std::string& allowed) const;

 private:
  template <class Visit>
  bool visit(std::string_view path, Visit&& visit) const;

  const std::string engine_path_;
  std::unordered_map<std::string, std::vector<HttpRoute>> exact_;  ///< by path
  std::vector<HttpRoute> patterns_;                                ///< in the order they were added
  bool is_closed_ = false;
};

/// The routes on one loop. On it.
class HttpRouteService final : public net::HttpService {
 public:
  /// Requests that wait for their answers; more get 503.
  static constexpr std::size_t max_waiting = 10'000;

  HttpRouteService(const HttpRouteTable& table, base::EventLoop& loop, socketio::HookObserver& hooks);
  ~HttpRouteService();
  HttpRouteService(const HttpRouteService&) = delete;
  HttpRouteService& operator=(const HttpRouteService&) = delete;

  void handle(engine::HttpExchange& exchange) override;

 private:
  class Waiting;
  class Reply;

  const HttpRouteTable& table_;
  base::EventLoop& loop_;
  socketio::HookObserver& hooks_;
  std::uint64_t last_number_ = 0;
  std::unordered_map<std::uint64_t, std::unique_ptr<Waiting>> waiting_;
};

}  // namespace signaling::server
