#include "middleware.hpp"

#include <chrono>
#include <string>
#include <utility>

#include <signaling/plugin_api/admin.hpp>
#include <signaling/plugin_api/callbacks.hpp>
#include <signaling/plugin_api/peers.hpp>

namespace signaling::auth_jwt {

using plugin_api::ConfigView;
using plugin_api::LogLevel;
using plugin_api::Problems;

namespace {

/// A start waits no longer for key sets; it goes on without those that did not come.
constexpr std::chrono::seconds first_fetches{5};

bool is_local(const std::string& host) { return host == "localhost" || host == "::1" || host.starts_with("127."); }

}  // namespace

void AuthMiddleware::validate(const ConfigView& config, Problems& problems) { read_options(config, problems); }

template <class Work>
void AuthMiddleware::on_each_loop(Work work) {
  for (const std::unique_ptr<Loop>& loop : loops_) {
    const auto number = static_cast<std::uint32_t>(&loop - loops_.data());
    host_.post(number, plugin_api::make_task([target = loop.get(), work] { work(*target); }));
  }
}

void AuthMiddleware::start(const ConfigView& config, Problems& problems) {
  plugin_api::CountingProblems counted(problems);
  options_ = std::make_shared<const Options>(read_options(config, counted));
  if (counted.has_any()) return;
  tell_what_is_odd(*options_);
  metrics_.emplace(host_);
  revocations_.emplace(options_->max_revocations);
  keys_.emplace(
      static_cast<KeyStoreEvents&>(*this),
      [this](const RemoteKeys& remote, const Options& options) {
        return http_.get(remote.target, {std::chrono::milliseconds(options.fetch_timeout_ms), options.max_fetch_bytes},
                         remote.ca_file);
      },
      [this] { return host_.monotonic_ms(); });
  for (std::uint32_t i = 0; i < host_.loop_count(); ++i)
    loops_.push_back(std::make_unique<Loop>(Shared{host_, *metrics_, *revocations_, *keys_}, options_));
  keys_->configure(options_);
  keys_->wait_for_first_fetches(first_fetches);

  auto* peers = static_cast<plugin_api::Peers*>(host_.query(plugin_api::peers_interface));
  sync_.emplace(
      host_, peers, *revocations_, *metrics_,
      [this](const Revocation& revocation, std::function<void(std::size_t)> done) {
        disconnect_sockets(revocation, std::move(done));
      },
      [this] { on_each_loop([](Loop& loop) { loop.set_synchronized(); }); });
  revoke_call_.emplace(host_, *sync_);
  revoke_call_->set_ttl(options_->revocation_ttl_ms);
  revoke_call_->set_leeway(options_->tokens.claims.leeway_ms);
  if (peers != nullptr) peers->receive(*sync_);
  if (auto* calls = static_cast<plugin_api::AdminCalls*>(host_.query(plugin_api::admin_calls_interface)))
    calls->serve(*revoke_call_);
  host_.post(0, plugin_api::make_task([this, interval = options_->sync_interval_ms] { sync_->start(interval); }));
}

void AuthMiddleware::reload(const ConfigView& config, Problems& problems) {
  plugin_api::CountingProblems counted(problems);
  Options fresh = read_options(config, counted);
  if (counted.has_any()) return;
  options_ = std::make_shared<const Options>(std::move(fresh));
  tell_what_is_odd(*options_);
  revocations_->set_max_entries(options_->max_revocations);
  on_each_loop([options = options_](Loop& loop) { loop.set_options(options); });
  keys_->configure(options_);
  host_.post(0, plugin_api::make_task([this, options = options_] {
               sync_->set_interval(options->sync_interval_ms);
               revoke_call_->set_ttl(options->revocation_ttl_ms);
               revoke_call_->set_leeway(options->tokens.claims.leeway_ms);
             }));
}

void AuthMiddleware::stop() {
  http_.cancel();
  if (keys_) keys_->stop();
}

std::string_view AuthMiddleware::health() const {
  return keys_ && keys_->lacks_keys()
             ? "a JWK set could not be fetched since the start: tokens signed with its keys are refused"
             : "";
}

std::uint32_t AuthMiddleware::hooks() const {
  const std::uint32_t of_events = options_->has_refresh ? plugin_api::hook_event : 0U;
  return plugin_api::hook_connect | plugin_api::hook_disconnect | of_events;
}

void AuthMiddleware::on_connect(plugin_api::Socket& socket, plugin_api::Verdict& verdict) {
  loops_[socket.loop()]->on_connect(socket, verdict);
}

void AuthMiddleware::on_event(plugin_api::Socket& socket, const plugin_api::Event& event, plugin_api::Verdict& verdict) {
  loops_[socket.loop()]->on_event(socket, event, verdict);
}

void AuthMiddleware::on_disconnect(plugin_api::Socket& socket, std::string_view) {
  loops_[socket.loop()]->on_disconnect(socket);
}

void AuthMiddleware::on_keys(std::shared_ptr<const KeySet> keys, bool is_settled) {
  on_each_loop([keys, is_settled](Loop& loop) { loop.set_keys(keys, is_settled); });
}

void AuthMiddleware::on_fetched(const RemoteKeys& remote, std::string_view problem, bool is_news) {
  (problem.empty() ? metrics_->fetched : metrics_->fetch_failed)->add(1);
  const LogLevel level = !is_news ? LogLevel::debug : problem.empty() ? LogLevel::info : LogLevel::warn;
  if (!host_.should_log(level)) return;
  std::string line = "JWK set of " + remote.target.origin() + ": ";
  line.append(problem.empty() ? "fetched" : problem);
  if (!problem.empty()) line.append("; keys that were fetched before stay in force");
  host_.log(level, line);
}

void AuthMiddleware::on_left_out(const RemoteKeys& remote, const std::string& line) {
  host_.log(LogLevel::info, "JWK set of " + remote.target.origin() + ": left out: " + line);
}

void AuthMiddleware::on_counts(std::size_t keys, std::size_t failing_urls) {
  metrics_->keys->set(static_cast<double>(keys));
  metrics_->failing_urls->set(static_cast<double>(failing_urls));
}

void AuthMiddleware::disconnect_sockets(const Revocation& revocation, std::function<void(std::size_t)> done) {
  struct Gathering {
    std::uint32_t loop;  ///< that asked
    std::size_t left;
    std::size_t disconnected = 0;
    std::function<void(std::size_t)> done;
  };
  const auto gathering = std::make_shared<Gathering>(Gathering{host_.current_loop(), loops_.size(), 0, std::move(done)});
  on_each_loop([this, gathering, revocation](Loop& loop) {
    const std::size_t count = loop.disconnect(revocation);
    host_.post(gathering->loop, plugin_api::make_task([gathering, count] {
                 gathering->disconnected += count;
                 if (--gathering->left == 0) gathering->done(gathering->disconnected);
               }));
  });
}

void AuthMiddleware::tell_what_is_odd(const Options& options) {
  for (const std::string& line : options.left_out) host_.log(LogLevel::info, "left out: " + line);
  for (const RemoteKeys& remote : options.remote_keys) {
    if (!remote.target.is_secure && !is_local(remote.target.host))
      host_.log(LogLevel::warn,
                "JWK set of " + remote.target.origin() + ": whoever is on the way can change its keys, use https");
  }
  for (const Source source : options.sources) {
    if (source == Source::cookie)
      host_.log(LogLevel::info,
                "tokens are taken from cookies, which browsers send for pages of other origins too: see the README");
  }
}

}  // namespace signaling::auth_jwt
