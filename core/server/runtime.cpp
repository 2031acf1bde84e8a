#include <array>
#include <csignal>
#include <optional>
#include <unistd.h>
#include <utility>

#include <signaling/net/server.hpp>
#include <signaling/server/admin_service.hpp>
#include <signaling/server/client_drain.hpp>
#include <signaling/server/descriptor_limit.hpp>
#include <signaling/server/forwarding_metrics.hpp>
#include <signaling/server/loop_metrics.hpp>
#include <signaling/server/loop_watch.hpp>
#include <signaling/server/node_watch.hpp>
#include <signaling/server/plugin_http.hpp>
#include <signaling/server/plugin_registry.hpp>
#include <signaling/server/plugin_startup.hpp>
#include <signaling/server/readiness.hpp>
#include <signaling/server/reload_report.hpp>
#include <signaling/server/repeat_log.hpp>
#include <signaling/server/runtime.hpp>
#include <signaling/server/service_manager.hpp>
#include <signaling/server/session_router.hpp>
#include <signaling/server/version.hpp>
#include <signaling/server/web_services.hpp>
#include <signaling/socketio/server.hpp>

namespace signaling::server {

namespace {

using Steady = std::chrono::steady_clock;

std::string url(std::string_view scheme, const std::string& address, std::uint16_t port) {
  const bool is_ipv6 = address.find(':') != std::string::npos;
  return std::string(scheme) + "://" + (is_ipv6 ? "[" + address + "]" : address) + ":" + std::to_string(port);
}

/// The same for a browser on this machine.
std::string page_url(std::string_view scheme, const std::string& address, std::uint16_t port) {
  const bool is_any = address == "0.0.0.0" || address == "::";
  return url(scheme, is_any ? "localhost" : address, port);
}

/// What one event loop has for itself.
struct LoopParts {
  LoopParts(std::uint32_t index, RepeatLog& repeats) : meter(index, repeats) {}
  EngineMeter meter;
  std::optional<engine::Engine> engine;
  std::optional<forwarding::Forwarding> forwarding;
  std::optional<EngineService> service;
  std::optional<HttpGate> gate;  ///< where a middleware watches requests
  std::optional<HttpRouteService> plugin_routes;
  std::optional<WebPolicies> policies;
  net::Router router;
};

}  // namespace

StartFailure::StartFailure(int code, std::vector<std::string> messages)
    : std::runtime_error(messages.empty() ? "cannot start" : messages.front()), exit_code(code), lines(std::move(messages)) {}

class Runtime::Impl final : private AdminCommands {
 public:
  Impl(const Configuration& configuration, const Environment& environment, Logging& logging)
      : as_started_(configuration),
        in_force_(configuration),
        config_(in_force_.server),
        environment_(environment),
        logging_(logging),
        log_(logging.component("server")),
        repeats_(config_.net.workers + 1, config_.log.repeat_interval,
                 [this](std::string_view component, const std::string& line) { logging_.component(component)->info(line); }),
        hooks_(config_.net.workers),
        plugin_http_(config_.engine_path),
        service_manager_(environment("NOTIFY_SOCKET").value_or("")) {}

  ~Impl() {
    if (admin_net_) admin_net_->stop();
    plugin_calls_->set_loop(nullptr);
    admin_net_.reset();  // it asks all the others
    if (net_) net_->stop();
    client_drain_.reset();
    loops_.clear();
    socketio_.reset();
  }

  bool is_stuck() const { return plugins_ && plugins_->is_stuck(); }

  std::vector<std::string> check() {
    std::vector<std::string> lines;
    const auto attempt = [&lines](const auto& make) {
      try {
        make();
      } catch (const std::exception& error) {
        lines.emplace_back(error.what());
      }
    };
    attempt([this] { make_tls(in_force_); });
    attempt([this] { const WebServices services(in_force_, *log_); });
    make_plugins({});
    plugins_->prepare(as_started_.document, environment_);
    for (const PluginFailure& failure : plugins_->failures()) lines.push_back(failure.message);
    return lines;
  }

  void print_config(std::ostream& out) const {
    in_force_.table.print(out);
    for (const ConfigTable* table : plugins_->tables()) {
      out << '\n';
      table->print(out);
    }
  }

  void start() {
    raise_descriptor_limit(*log_);
    readiness_.set_ready_when_degraded(config_.admin.ready_when_degraded);
    log_->info("{} starts as node \"{}\" with {} event loop{}, configuration {}", version_line(), config_.node_name,
               config_.net.workers, config_.net.workers == 1 ? "" : "s", in_force_.document.file);
    make_net();
    start_admin();
    std::vector<base::EventLoop*> loops;
    for (std::uint32_t i = 0; i < net_->loop_count(); ++i) loops.push_back(&net_->loop(i));
    make_plugins(loops);
    require(plugins_->prepare(as_started_.document, environment_));
    start_plugins(loops);
    start_engines();
    add_collectors();
    add_checks();
    start_listening();
    readiness_.set_phase(Readiness::Phase::ready);
    const std::string page = page_url(scheme(), config_.net.endpoints.front().address, net_->port());
    log_->info("ready: {}{}{}", page, config_.www.enabled ? config_.www.url_path : config_.engine_path,
               config_.admin.enabled ? ", health " + url("http", config_.admin.address, admin_net_->port()) + "/readyz" : "");
    service_manager_.ready("serving " + page);
  }

  void tick(base::TimePoint now) {
    watch_->tick();
    loop_watch_.tick(now);
    socketio_->tick(now);
    repeats_.flush(now);
  }

  void reload(const ConfigLoader& load) {
    service_manager_.reloading(Steady::now());
    const std::uint64_t asked_up_to = admin_ ? admin_->last_reload_call() : 0;
    const ReloadReport report = try_reload(load);
    report.log(*log_, in_force_.document.file);
    answer_reloads(asked_up_to, report.is_refused() ? 422 : 200, report.json());
    service_manager_.ready(report.is_refused() ? "serving; the last reload was refused, see the log" : "serving");
  }

  int stop(const CommandWait& wait) {
    readiness_.set_phase(Readiness::Phase::draining);
    // Twice `stop_timeout` for each: `drain` may be late by one, and so may `stop`.
    const auto for_plugins = 2 * config_.plugins.stop_timeout * static_cast<int>(plugins_->tables().size() + 1);
    plugins_->drain(client_drain_->run(config_.drain, for_plugins, wait));
    loop_watch_.forget();
    if (plugins_->is_stuck()) return end_stuck();
    net_->shutdown(base::Milliseconds(0));
    repeats_.flush(Steady::now(), true);
    readiness_.clear_checks();
    for (const std::uint64_t collector : collectors_) metrics_.remove(collector);
    // Plugins stop while everything they might still refer to is there; nothing calls into them any more.
    plugins_->stop();
    if (plugins_->is_stuck()) return end_stuck();
    const int code = plugins_->exit_code();
    loops_.clear();
    socketio_.reset();
    plugins_.reset();
    if (admin_net_) admin_net_->shutdown(base::Milliseconds(100));
    plugin_calls_->set_loop(nullptr);
    log_->info("stopped");
    return code;
  }

 private:
  // AdminCommands, on the admin loop. The main thread alone waits for these signals.
  void drain() override { ::kill(::getpid(), SIGTERM); }
  void reload() override { ::kill(::getpid(), SIGHUP); }

  void refuse_reload() {
    log_->warn("not reloaded: this node drains");
    if (admin_) answer_reloads(admin_->last_reload_call(), 503, "{\"status\":\"draining\"}\n");
  }

  void answer_reloads(std::uint64_t up_to, unsigned status, std::string json) {
    if (!admin_net_) return;
    admin_net_->loop(0).post(
        [admin = &*admin_, up_to, status, body = std::move(json)] { admin->answer_reloads(up_to, status, body); });
  }

  /// Everything is checked before anything changes, plugins take their part before the server its own, which cannot fail.
  ReloadReport try_reload(const ConfigLoader& load) {
    ReloadReport report;
    if (plugins_->is_stuck()) {
      report.problems.push_back(plugins_->failures().back().message);
      return report;
    }
    ConfigProblems problems;
    const Configuration fresh = load(problems);
    report.problems = problems.lines();
    const auto attempt = [&report](const auto& make) {
      try {
        make();
      } catch (const std::exception& error) {
        report.problems.emplace_back(error.what());
      }
    };
    std::shared_ptr<const net::TlsContext> tls;
    attempt([&] { tls = make_tls(fresh); });
    attempt([&] { const WebServices services(fresh, *log_); });
    const bool switches_tls = (tls == nullptr) != (tls_ == nullptr);
    std::vector<ConfigChange> changes = in_force_.table.changes_to(fresh.table);
    for (ConfigChange& change : changes) change.needs_restart |= switches_tls && change.key.starts_with("listen.tls.");
    ConfigProblems merged_problems;
    Configuration merged = merge_reloadable(in_force_, fresh, merged_problems);
    // Those of the new reading alone are told already.
    if (report.problems.empty()) report.problems = merged_problems.lines();
    const std::vector<ConfigChange> of_plugins = plugins_->stage(fresh.document, environment_, report.problems);
    changes.insert(changes.end(), of_plugins.begin(), of_plugins.end());
    if (report.is_refused() || !plugins_->reload(report.problems)) return report;
    report.changes = std::move(changes);
    if (!switches_tls && tls != nullptr) {
      if (tls->fingerprint() != tls_->fingerprint())
        report.notes.push_back("TLS certificate " + tls_->fingerprint() + " -> " + tls->fingerprint() +
                               " for connections to come");
      tls_ = std::move(tls);
      net_->set_tls(0, tls_);
    }
    take_over(std::move(merged));
    return report;
  }

  void take_over(Configuration&& merged) {
    take_reloadable(in_force_, std::move(merged));
    const ServerConfig& server = in_force_.server;
    logging_.set_levels(server.log);
    readiness_.set_ready_when_degraded(server.admin.ready_when_degraded);
    net_->set_limits(server.net);
    socketio_->set_options(server.socketio);
    // Each loop gets copies of its own: nothing on the way of a message is locked.
    for (std::uint32_t i = 0; i < loops_.size(); ++i) {
      net_->loop(i).post([parts = loops_[i].get(), options = std::make_unique<engine::Options>(server.engine),
                          cors = std::make_unique<std::optional<net::CorsOptions>>(server.cors),
                          middleware_timeout = server.socketio.middleware_timeout] {
        parts->engine->set_options(*options);
        if (parts->gate) parts->gate->set_timeout(middleware_timeout);
        parts->policies->set_cors(*cors);
      });
    }
    if (!admin_net_) return;
    admin_net_->loop(0).post([admin = &*admin_, token = server.admin.token, has_public_metrics = server.admin.public_metrics] {
      admin->set_token(token);
      admin->set_public_metrics(has_public_metrics);
    });
  }

  int end_stuck() {
    log_->error("{}", plugins_->failures().back().message);
    return plugins_->exit_code();
  }

  std::string_view scheme() const { return config_.tls ? "https" : "http"; }

  [[noreturn]] void fail(const std::string& line) const { throw StartFailure(exit_cannot_start, {line}); }
  /// A step of the plugins has to be well.
  void require(bool is_well) const {
    if (is_well) return;
    std::vector<std::string> lines;
    for (const PluginFailure& failure : plugins_->failures()) lines.push_back(failure.message);
    throw StartFailure(plugins_->exit_code(), std::move(lines));
  }

  static std::shared_ptr<const net::TlsContext> make_tls(const Configuration& configuration) {
    if (!configuration.server.tls) return nullptr;
    try {
      return std::make_shared<net::TlsContext>(*configuration.server.tls);
    } catch (const std::exception& error) {
      throw std::runtime_error(to_text(configuration.table.place("listen.tls.certificate_file"), "listen.tls", error.what()));
    }
  }

  void make_net() {
    net::ServerOptions options = config_.net;
    if (options.batches_sends) {
      if (const std::string problem = net::send_batch_problem(); !problem.empty()) {
        log_->info("listen.io_uring: cannot be had, sends are not batched: {}", problem);
        options.batches_sends = false;
      }
    }
    try {
      tls_ = make_tls(in_force_);
      options.endpoints.front().tls = tls_;
      web_.emplace(in_force_, *log_);
      net_.emplace(std::move(options));
    } catch (const std::exception& error) {
      fail(error.what());
    }
  }

  /// On a server of its own: it answers while the main one starts, drains and stops, whatever its limits, and a scrape
  /// takes no time from the loops that serve clients.
  void start_admin() {
    if (!config_.admin.enabled) return;
    net::ServerOptions options;
    options.endpoints.front().address = config_.admin.address;
    options.endpoints.front().port = config_.admin.port;
    options.endpoints.front().first_loop_only = true;
    options.max_connections = 256;
    admin_net_.emplace(std::move(options));
    admin_.emplace(config_.node_name, std::string(server_version()), readiness_, metrics_, static_cast<AdminCommands&>(*this),
                   plugin_calls_.get());
    plugin_calls_->set_loop(&admin_net_->loop(0));
    admin_->set_token(config_.admin.token);
    admin_->set_public_metrics(config_.admin.public_metrics);
    admin_net_->set_service(0, *admin_);
    try {
      admin_net_->start();
    } catch (const std::exception& error) {
      fail(to_text(in_force_.table.place("admin.port"), "admin.port",
                   std::string(error.what()) + ": choose another with --set admin.port=N"));
    }
    log_->info("admin on {}: /healthz, /readyz, /metrics, /drain, /reload, /plugins",
               url("http", config_.admin.address, admin_net_->port()));
  }

  void make_plugins(std::vector<base::EventLoop*> loops) {
    PluginServices services;
    services.node_name = config_.node_name;
    services.server_version = std::string(server_version());
    services.loop_count = config_.net.workers;
    services.loops = std::move(loops);
    services.logger = [this](std::string_view component) { return logging_.component(component); };
    services.metrics = &plugin_metrics_;
    services.hooks = &hooks_;
    hooks_.set_log(logging_.component("plugins"));
    services.calls = plugin_calls_;
    plugins_.emplace(plugin_settings(config_.plugins), std::move(services));
  }

  void start_plugins(const std::vector<base::EventLoop*>& loops) {
    node_tag_ = base::random_node_tag();
    socketio_.emplace(config_.socketio, socketio::Server::Node{node_tag_, config_.node_name, std::string(server_version())},
                      loops, hooks_);
    require(PluginStartup{*plugins_, *socketio_, plugin_http_, logging_}.run());
    socketio_->start();
    loop_watch_.watch(loops);
  }

  void start_engines() {
    for (std::uint32_t i = 0; i < net_->loop_count(); ++i) {
      auto parts = std::make_unique<LoopParts>(i, repeats_);
      parts->engine.emplace(config_.engine, base::SidSource(node_tag_, static_cast<std::uint8_t>(i)),
                            engine::Engine::Environment{net_->loop(i), socketio_->factory(i), parts->meter});
      parts->forwarding.emplace(config_.forwarding,
                                forwarding::Forwarding::Environment{net_->loop(i), *parts->engine, socketio_->conversations(),
                                                                    base::node_tag_text(node_tag_)});
      socketio_->conversations().accept_with(i, parts->forwarding->acceptor());
      parts->service.emplace(*parts->forwarding);
      parts->policies.emplace(config_.cors, config_.http_compression);
      parts->plugin_routes.emplace(plugin_http_.routes(), net_->loop(i), hooks_);
      if (!plugin_http_.request_hooks().empty()) {
        parts->gate.emplace(plugin_http_.request_hooks(), config_.socketio.middleware_timeout,
                            HttpGate::Environment{net_->loop(i), hooks_, *parts->service});
      }
      WebServices::LoopServices services;
      services.engine = parts->gate ? static_cast<net::HttpService*>(&*parts->gate) : &*parts->service;
      if (!plugin_http_.routes().empty()) {
        services.plugin_paths = &plugin_http_.routes();
        services.plugin_routes = &*parts->plugin_routes;
      }
      web_->add_routes(parts->router, services, *parts->policies);
      net_->set_service(i, parts->router);
      loops_.push_back(std::move(parts));
    }
    session_router_.emplace(config_.engine_path, base::node_tag_text(node_tag_), net_->loop_count());
    net_->set_router(*session_router_);
    std::vector<const EngineCounters*> engines;
    for (const auto& parts : loops_) engines.push_back(&parts->meter.counters());
    watch_.emplace(*net_, *socketio_, std::move(engines), repeats_, config_.net.workers, log_);
    std::vector<DrainLoops::Loop> drained;
    for (std::uint32_t i = 0; i < loops_.size(); ++i) {
      LoopParts& parts = *loops_[i];
      drained.push_back({&net_->loop(i), &*parts.engine, &*parts.forwarding, &parts.meter.counters()});
    }
    client_drain_.emplace(std::move(drained),
                          ClientDrain::Environment{*net_, service_manager_, *log_, [this](base::TimePoint now) { tick(now); },
                                                   [this] { refuse_reload(); }});
  }

  void start_listening() {
    try {
      net_->start();
    } catch (const std::exception& error) {
      fail(to_text(in_force_.table.place("listen.port"), "listen.port",
                   std::string(error.what()) + ": choose another with --set listen.port=N"));
    }
    log_->info("listening on {}", url(scheme(), config_.net.endpoints.front().address, net_->port()));
  }

  void add_collectors() {
    const auto add = [this](MetricsRegistry::Collector collector) {
      collectors_.push_back(metrics_.add(std::move(collector)));
    };
    add([this](MetricsPage& page) {
      page.gauge("signaling_build_info", "Which build this is.", 1,
                 {{"version", server_version()},
                  {"compiler", compiler_version()},
                  {"node", config_.node_name},
                  {"tag", base::node_tag_text(node_tag_)}});
      const Readiness::Report report = readiness_.report();
      page.gauge("signaling_ready", "1 where /readyz answers 200.", report.status == Readiness::Status::unavailable ? 0 : 1);
      const bool is_degraded = readiness_.phase() == Readiness::Phase::ready && !report.reasons.empty();
      page.gauge("signaling_degraded", "1 while the adapter or another plugin is not well.", is_degraded ? 1 : 0);
      client_drain_->collect(page);
      page.counter("signaling_log_lines_dropped_total", "Log lines that the full queue dropped.",
                   static_cast<double>(logging_.dropped_lines()));
      collect_process(page);
    });
    add([this](MetricsPage& page) { watch_->collect(page); });
    add([this](MetricsPage& page) {
      std::vector<const forwarding::Counters*> loops;
      for (const auto& parts : loops_) loops.push_back(&parts->forwarding->counters());
      collect_forwarding(loops, page);
    });
    add([this](MetricsPage& page) {
      page.add(hooks_.Collect());
      page.add(plugin_metrics_.Collect());
    });
  }

  void add_checks() {
    readiness_.add_check([this](std::vector<std::string>& reasons) {
      for (const PluginRegistry::Health& health : plugins_->health()) {
        if (!health.problem.empty()) reasons.push_back("plugin " + health.plugin + ": " + health.problem);
      }
      // An adapter says of itself what it says of its backend: once is enough.
      const std::string adapter = plugins_->adapter() ? socketio_->adapter_health() : std::string();
      if (!adapter.empty() && reasons.empty()) reasons.push_back("adapter: " + adapter);
    });
  }

  const Configuration& as_started_;  ///< for the places in its document, which a copy of TOML tables does not keep
  Configuration in_force_;  ///< the node's name in it never changes, and may be read on any thread; the rest is this thread's
  const ServerConfig& config_;
  const Environment& environment_;
  Logging& logging_;
  const std::shared_ptr<spdlog::logger> log_;
  RepeatLog repeats_;  ///< one shard per loop, and the last for the watch
  Readiness readiness_;
  MetricsRegistry metrics_;
  PluginMetrics plugin_metrics_;
  PluginHooks hooks_;
  PluginHttp plugin_http_;
  const std::shared_ptr<PluginCalls> plugin_calls_ = std::make_shared<PluginCalls>(&hooks_);
  LoopWatch loop_watch_{hooks_};
  ServiceManager service_manager_;
  std::vector<std::uint64_t> collectors_;
  std::array<std::uint8_t, 3> node_tag_{};

  // In the order in which they may refer to each other: the loops outlive all that has timers in them.
  std::shared_ptr<const net::TlsContext> tls_;
  std::optional<WebServices> web_;
  std::optional<SessionRouter> session_router_;
  std::optional<net::Server> net_;
  std::optional<PluginRegistry> plugins_;
  std::optional<socketio::Server> socketio_;
  std::vector<std::unique_ptr<LoopParts>> loops_;
  std::optional<ClientDrain> client_drain_;
  std::optional<NodeWatch> watch_;
  std::optional<AdminService> admin_;
  std::optional<net::Server> admin_net_;
};

Runtime::Runtime(const Configuration& configuration, const Environment& environment, Logging& logging)
    : impl_(std::make_unique<Impl>(configuration, environment, logging)) {}

Runtime::~Runtime() {
  if (impl_ && impl_->is_stuck()) static_cast<void>(impl_.release());
}

std::vector<std::string> Runtime::check() { return impl_->check(); }
void Runtime::print_config(std::ostream& out) const { impl_->print_config(out); }
void Runtime::start() { impl_->start(); }
void Runtime::tick(base::TimePoint now) { impl_->tick(now); }
void Runtime::reload(const ConfigLoader& load) { impl_->reload(load); }
int Runtime::stop(const CommandWait& wait) { return impl_->stop(wait); }
bool Runtime::is_stuck() const { return impl_->is_stuck(); }

}  // namespace signaling::server
