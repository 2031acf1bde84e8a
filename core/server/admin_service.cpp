#include <utility>

#include <signaling/protocol/json_text.hpp>
#include <signaling/server/admin_access.hpp>
#include <signaling/server/admin_service.hpp>

namespace signaling::server {

namespace {

engine::HttpReply plain(unsigned status, std::string_view type, std::string body) {
  engine::HttpReply reply;
  reply.status = status;
  reply.content_type = type;
  reply.body = std::move(body);
  reply.headers.emplace_back("Cache-Control", "no-store");
  return reply;
}

constexpr std::string_view plugin_prefix = "/plugins/";
constexpr std::string_view json_type = "application/json";
constexpr std::string_view text_type = "text/plain; charset=UTF-8";

engine::HttpReply wrong_method(const char* allowed, std::string body) {
  engine::HttpReply reply = plain(405, text_type, std::move(body));
  reply.headers.emplace_back("Allow", allowed);
  return reply;
}

}  // namespace

class AdminService::WaitingCall final : public engine::ExchangeOwner {
 public:
  WaitingCall(AdminService& service, engine::HttpExchange& exchange, std::uint64_t number)
      : service_(service), exchange_(exchange), number_(number) {
    exchange.set_owner(this);
  }
  std::uint64_t number() const noexcept { return number_; }
  void answer(engine::HttpReply&& reply) {
    exchange_.set_owner(nullptr);
    exchange_.respond(std::move(reply));
  }

 private:
  void on_exchange_lost() override {
    std::erase_if(service_.waiting_, [this](const auto& call) { return call.get() == this; });
  }

  AdminService& service_;
  engine::HttpExchange& exchange_;
  const std::uint64_t number_;
};

AdminService::AdminService(std::string node_name, std::string version, const Readiness& readiness,
                           const MetricsRegistry& metrics, AdminCommands& commands, PluginCalls* plugins)
    : node_name_(std::move(node_name)),
      version_(std::move(version)),
      readiness_(readiness),
      metrics_(metrics),
      commands_(commands),
      plugins_(plugins) {}

AdminService::~AdminService() = default;

std::string AdminService::status_body(std::string_view status, const std::vector<std::string>& reasons) const {
  std::string body = "{\"status\":";
  protocol::append_json_string(status, body);
  body += ",\"node\":";
  protocol::append_json_string(node_name_, body);
  body += ",\"version\":";
  protocol::append_json_string(version_, body);
  if (!reasons.empty()) {
    body += ",\"reasons\":[";
    for (std::size_t i = 0; i < reasons.size(); ++i) {
      if (i != 0) body += ',';
      protocol::append_json_string(reasons[i], body);
    }
    body += ']';
  }
  return body += "}\n";
}

void AdminService::handle(engine::HttpExchange& exchange) {
  const engine::HttpRequest& request = exchange.request();
  if (request.path == "/drain" || request.path == "/reload" || request.path.starts_with(plugin_prefix))
    return command(exchange);
  if (request.method != "GET" && request.method != "HEAD")
    return exchange.respond(wrong_method("GET, HEAD", "GET and HEAD only\n"));
  if (request.path == "/healthz") return exchange.respond(plain(200, json_type, status_body("alive", {})));
  if (request.path == "/readyz") {
    const Readiness::Report report = readiness_.report();
    const unsigned status = report.status == Readiness::Status::unavailable ? 503 : 200;
    return exchange.respond(plain(status, json_type, status_body(to_string(report.status), report.reasons)));
  }
  if (request.path == "/metrics" && !has_public_metrics_ && !may_read(request, token_)) {
    engine::HttpReply reply =
        plain(401, text_type, "only from loopback, or with the header Authorization: Bearer <admin.token>\n");
    reply.headers.emplace_back("WWW-Authenticate", "Bearer");
    return exchange.respond(std::move(reply));
  }
  if (request.path == "/metrics") {
    engine::HttpReply reply = plain(200, "text/plain; version=0.0.4; charset=utf-8", metrics_.text());
    reply.compressible = true;
    return exchange.respond(std::move(reply));
  }
  exchange.respond(
      plain(404, text_type,
            "not found; there are /healthz, /readyz, /metrics, and for POST /drain, /reload and /plugins/<plugin>/...\n"));
}

void AdminService::command(engine::HttpExchange& exchange) {
  const engine::HttpRequest& request = exchange.request();
  if (request.method != "POST") return exchange.respond(wrong_method("POST", "POST only\n"));
  if (!may_command(request, token_)) {
    return exchange.respond(plain(
        403, text_type, "only from loopback and not from a browser, or with the header Authorization: Bearer <admin.token>\n"));
  }
  if (request.path.starts_with(plugin_prefix)) {
    if (plugins_ != nullptr) return plugins_->call(exchange, request.path.substr(plugin_prefix.size()));
    return exchange.respond(plain(404, text_type, "no plugins here\n"));
  }
  if (request.path == "/reload") return wait_for_report(exchange);
  commands_.drain();
  exchange.respond(plain(202, json_type, status_body("draining", {})));
}

void AdminService::wait_for_report(engine::HttpExchange& exchange) {
  if (waiting_.size() >= max_waiting) return exchange.respond(plain(503, text_type, "too many calls wait for a reload\n"));
  const std::uint64_t number = last_reload_call_.load(std::memory_order_relaxed) + 1;
  waiting_.push_back(std::make_unique<WaitingCall>(*this, exchange, number));
  last_reload_call_.store(number, std::memory_order_release);
  commands_.reload();
}

void AdminService::answer_reloads(std::uint64_t up_to, unsigned status, const std::string& json) {
  std::vector<std::unique_ptr<WaitingCall>> answered;
  for (auto& call : waiting_) {
    if (call->number() <= up_to) answered.push_back(std::move(call));
  }
  std::erase(waiting_, nullptr);
  for (const auto& call : answered) call->answer(plain(status, json_type, json));
}

}  // namespace signaling::server
