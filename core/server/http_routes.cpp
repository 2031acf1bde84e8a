#include <algorithm>
#include <atomic>
#include <utility>

#include <signaling/base/quarantine.hpp>
#include <signaling/base/timer_queue.hpp>
#include <signaling/plugin_api/namespace_pattern.hpp>
#include <signaling/server/http_routes.hpp>
#include <signaling/server/http_rules.hpp>
#include <signaling/server/http_values.hpp>
#include <signaling/socketio/plugin_call.hpp>

namespace signaling::server {

using plugin_api::Status;
using socketio::Fault;

Status HttpRouteTable::add(HttpRoute route, std::uint32_t& owner) {
  if (is_closed_) return Status::closed;
  if (!is_route(route.method, route.path, route.timeout.count(), engine_path_)) return Status::invalid;
  std::size_t own = 0;
  const HttpRoute* same = nullptr;
  const auto look = [&](const HttpRoute& other) {
    if (other.plugin == route.plugin) ++own;
    if (other.method == route.method && other.path == route.path) same = &other;
  };
  for (const auto& [path, routes] : exact_) std::for_each(routes.begin(), routes.end(), look);
  std::for_each(patterns_.begin(), patterns_.end(), look);
  if (same != nullptr) {
    owner = same->plugin;
    return Status::full;
  }
  if (own >= plugin_api::HttpRoutes::max_routes) return Status::too_many;
  const bool is_pattern = route.path.find('*') != std::string::npos;
  std::vector<HttpRoute>& routes = is_pattern ? patterns_ : exact_[route.path];
  routes.push_back(std::move(route));
  return Status::ok;
}

void HttpRouteTable::remove_plugin(std::uint32_t plugin) {
  const auto is_its = [plugin](const HttpRoute& route) { return route.plugin == plugin; };
  for (auto& [path, routes] : exact_) std::erase_if(routes, is_its);
  std::erase_if(exact_, [](const auto& entry) { return entry.second.empty(); });
  std::erase_if(patterns_, is_its);
}

/// Until `visit` says true.
template <class Visit>
bool HttpRouteTable::visit(std::string_view path, Visit&& visit) const {
  if (const auto found = exact_.find(std::string(path)); found != exact_.end()) {
    for (const HttpRoute& route : found->second) {
      if (visit(route)) return true;
    }
  }
  for (const HttpRoute& route : patterns_) {
    if (plugin_api::matches_pattern(route.path, path) && visit(route)) return true;
  }
  return false;
}

bool HttpRouteTable::matches(std::string_view path) const {
  return path.size() <= max_route_path_bytes && visit(path, [](const HttpRoute&) { return true; });
}

const HttpRoute* HttpRouteTable::find(std::string_view method, std::string_view path, std::string& allowed) const {
  const std::string_view wanted = method == "HEAD" ? "GET" : method;
  const HttpRoute* found = nullptr;
  visit(path, [&](const HttpRoute& route) {
    if (route.method == wanted) found = &route;
    allowed.append(allowed.empty() ? "" : ", ").append(route.method);
    if (route.method == "GET") allowed += ", HEAD";
    return found != nullptr;
  });
  return found;
}

/// The client's part of a request.
class HttpRouteService::Waiting final : public engine::ExchangeOwner, public base::Timer {
 public:
  Waiting(HttpRouteService& service, engine::HttpExchange& exchange, std::uint64_t number, std::uint32_t plugin)
      : service_(service), exchange_(&exchange), number_(number), plugin_(plugin) {
    exchange.set_owner(this);
  }
  ~Waiting() override {
    if (exchange_ != nullptr) exchange_->set_owner(nullptr);
  }
  void answer(engine::HttpReply&& reply) {
    engine::HttpExchange& exchange = *std::exchange(exchange_, nullptr);
    exchange.set_owner(nullptr);
    exchange.respond(std::move(reply));
  }

 private:
  void on_exchange_lost() override {
    exchange_ = nullptr;
    service_.waiting_.erase(number_);
  }
  void on_timer(base::TimePoint) override {
    const auto node = service_.waiting_.extract(number_);
    service_.hooks_.on_fault(plugin_, Fault::never_completed, "no answer to an HTTP request in time");
    answer(plain_http_reply(504, "no answer in time"));
  }

  HttpRouteService& service_;
  engine::HttpExchange* exchange_;
  const std::uint64_t number_;
  const std::uint32_t plugin_;
};

/// The plugin's part; its own until it has answered, and kept for a while then, so that a second answer is noticed.
class HttpRouteService::Reply final : public plugin_api::HttpReply {
 public:
  Reply(HttpRouteService& service, std::uint64_t number, std::uint32_t plugin)
      : service_(service), loop_(service.loop_), hooks_(service.hooks_), number_(number), plugin_(plugin) {}

  /// True once it has been answered, which may be the end of this object.
  std::shared_ptr<const std::atomic<bool>> is_answered() const noexcept { return is_answered_; }

  void answer(const plugin_api::HttpResponse& response) override {
    static base::Quarantine<Reply, 1024> finished;
    if (is_answered_->exchange(true)) {
      return hooks_.on_fault(plugin_, Fault::completed_twice, "a second answer to the same HTTP request");
    }
    CheckedReply checked = check_reply(response);
    if (!checked.problem.empty()) hooks_.on_fault(plugin_, checked.fault, checked.problem);
    // By a post also from the loop itself: the handler may still look at the request.
    loop_.post([service = &service_, number = number_, reply = std::make_unique<engine::HttpReply>(std::move(checked.reply))] {
      const auto node = service->waiting_.extract(number);
      if (!node.empty()) node.mapped()->answer(std::move(*reply));
    });
    finished.add(std::unique_ptr<Reply>(this));
  }

 private:
  HttpRouteService& service_;  // touched on its loop alone: a plugin may answer after its end
  base::EventLoop& loop_;
  socketio::HookObserver& hooks_;
  const std::uint64_t number_;
  const std::uint32_t plugin_;
  const std::shared_ptr<std::atomic<bool>> is_answered_ = std::make_shared<std::atomic<bool>>(false);
};

HttpRouteService::HttpRouteService(const HttpRouteTable& table, base::EventLoop& loop, socketio::HookObserver& hooks)
    : table_(table), loop_(loop), hooks_(hooks) {}

HttpRouteService::~HttpRouteService() = default;

void HttpRouteService::handle(engine::HttpExchange& exchange) {
  const engine::HttpRequest& request = exchange.request();
  std::string allowed;
  const HttpRoute* const route = table_.find(request.method, request.path, allowed);
  if (route == nullptr) {
    engine::HttpReply reply = plain_http_reply(405, "method not allowed");
    reply.headers.emplace_back("Allow", std::move(allowed));
    return exchange.respond(std::move(reply));
  }
  if (waiting_.size() >= max_waiting) return exchange.respond(plain_http_reply(503, "too many requests wait"));
  const std::uint64_t number = ++last_number_;
  auto waiting = std::make_unique<Waiting>(*this, exchange, number, route->plugin);
  loop_.timers().arm(*waiting, loop_.now() + route->timeout);
  waiting_.emplace(number, std::move(waiting));

  const HttpRequestView view(request);
  Reply* const reply = new Reply(*this, number, route->plugin);  // from here on the plugin's
  const auto is_answered = reply->is_answered();
  const bool is_well = socketio::call_plugin(hooks_, route->plugin, loop_.index(), socketio::HookKind::http_route,
                                             [&] { route->handler->on_http_request(view.get(), *reply); });
  if (!is_well && !is_answered->load()) reply->answer({.status = 500, .body = "the plugin failed"});
}

}  // namespace signaling::server
