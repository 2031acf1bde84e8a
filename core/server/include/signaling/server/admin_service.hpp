#pragma once
// What operators and their programs ask a node: `/healthz`, `/readyz`, `/metrics`, `/drain`, `/reload`, and what plugins
// answer.

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <signaling/net/http_service.hpp>
#include <signaling/server/metrics_page.hpp>
#include <signaling/server/plugin_calls.hpp>
#include <signaling/server/readiness.hpp>

namespace signaling::server {

/// What may be commanded through the admin listener. Quick; the work is done elsewhere.
class AdminCommands {
 public:
  /// As SIGTERM.
  virtual void drain() = 0;
  /// As SIGHUP; `AdminService::answer_reloads` follows.
  virtual void reload() = 0;

 protected:
  ~AdminCommands() = default;
};

/// GET and HEAD:
///   /healthz  200 `{"status":"alive","node":…,"version":…}` as long as the process answers
///   /readyz   200 `{"status":"ready",…}`, or 503 `{"status":"unavailable",…,"reasons":[…]}`
///   /metrics  Prometheus text format 0.0.4, for callers that `may_read` lets (else 401), or all with `set_public_metrics`
/// POST, by callers that `may_command` lets (else 403):
///   /drain    202 `{"status":"draining",…}`; the process ends when the clients are gone, at once after a second call
///   /plugins/<plugin>/<path>  whatever the plugin answers (plugin_calls.hpp)
///   /reload   200, or 422 where the new configuration is refused, with the report as JSON; 503 while draining
/// Anything else 404, other methods 405. On one loop.
class AdminService final : public net::HttpService {
 public:
  /// Calls for a reload that wait for their report; more get 503.
  static constexpr std::size_t max_waiting = 64;

  AdminService(std::string node_name, std::string version, const Readiness& readiness, const MetricsRegistry& metrics,
               AdminCommands& commands, PluginCalls* plugins = nullptr);
  ~AdminService();
  void handle(engine::HttpExchange& exchange) override;

  /// See `may_command`; empty at first.
  void set_token(std::string token) { token_ = std::move(token); }
  void set_public_metrics(bool is_public) { has_public_metrics_ = is_public; }
  /// Number of the last call for a reload. [any thread]
  std::uint64_t last_reload_call() const noexcept { return last_reload_call_.load(std::memory_order_acquire); }
  /// Answers the calls up to that number.
  void answer_reloads(std::uint64_t up_to, unsigned status, const std::string& json);

 private:
  class WaitingCall;

  void command(engine::HttpExchange& exchange);
  void wait_for_report(engine::HttpExchange& exchange);
  std::string status_body(std::string_view status, const std::vector<std::string>& reasons) const;

  std::string node_name_;
  std::string version_;
  const Readiness& readiness_;
  const MetricsRegistry& metrics_;
  AdminCommands& commands_;
  PluginCalls* const plugins_;
  std::string token_;
  bool has_public_metrics_ = false;
  std::atomic<std::uint64_t> last_reload_call_{0};
  std::vector<std::unique_ptr<WaitingCall>> waiting_;
};

}  // namespace signaling::server
