#include "middleware.hpp"

#include <chrono>
#include <string>
#include <utility>

#include <signaling/plugin_api/admin.hpp>
#include <signaling/plugin_api/peers.hpp>
#include <signaling/plugin_api/post.hpp>

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
  loops_ = plugin_api::PerLoop<Loop>(host_, [this](std::uint32_t) {
    return Loop(Shared{host_, *metrics_, *revocations_, *keys_}, options_);
  });
  keys_->configure(options_);
  keys_->wait_for_first_fetches(first_fetches);

  auto* peers = static_cast<plugin_api::Peers*>(host_.query(plugin_api::peers_interface));
  sync_.emplace(
      host_, peers, *revocations_, *metrics_,
      [this](const Revocation& revocation, std::function<void(std::size_t)> done) {
        disconnect_sockets(revocation, std::move(done));
      },
      [this] { loops_.on_each([](Loop& loop) { loop.set_synchronized(); }); });
  revoke_call_.emplace(host_, *sync_);
  revoke_call_->set_ttl(options_->revocation_ttl_ms);
  revoke_call_->set_leeway(options_->tokens.claims.leeway_ms);
  if (peers != nullptr) peers->receive(*sync_);
  if (auto* calls = static_cast<plugin_api::AdminCalls*>(host_.query(plugin_api::admin_calls_interface)))
    calls->serve(*revoke_call_);
  plugin_api::post(host_, 0, [this, interval = options_->sync_interval_ms] { sync_->start(interval); });
}

void AuthMiddleware::reload(const ConfigView& config, Problems& problems) {
  plugin_api::CountingProblems counted(problems);
  Options fresh = read_options(config, counted);
  if (counted.has_any()) return;
  options_ = std::make_shared<const Options>(std::move(fresh));
  tell_what_is_odd(*options_);
  revocations_->set_max_entries(options_->max_revocations);
  loops_.on_each([options = options_](Loop& loop) { loop.set_options(options); });
  keys_->configure(options_);
  plugin_api::post(host_, 0, [this, options = options_] {
    sync_->set_interval(options->sync_interval_ms);
    revoke_call_->set_ttl(options->revocation_ttl_ms);
    revoke_call_->set_leeway(options->tokens.claims.leeway_ms);
  });
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
  loops_.of(socket).on_connect(socket, verdict);
}

void AuthMiddleware::on_event(plugin_api::Socket& socket, const plugin_api::Event& event, plugin_api::Verdict& verdict) {
  loops_.of(socket).on_event(socket, event, verdict);
}

void AuthMiddleware::on_disconnect(plugin_api::Socket& socket, std::string_view) { loops_.of(socket).on_disconnect(socket); }

void AuthMiddleware::on_keys(std::shared_ptr<const KeySet> keys, bool is_settled) {
  loops_.on_each([keys, is_settled](Loop& loop) { loop.set_keys(keys, is_settled); });
}

void AuthMiddleware::on_fetched(const RemoteKeys& remote, std::string_view problem, bool is_news) {
  (problem.empty() ? metrics_->fetched : metrics_->fetch_failed)->add(1);
  const LogLevel level = !is_news ? LogLevel::debug : problem.empty() ? LogLevel::info : LogLevel::warn;
  const auto origin = [&remote] { return remote.target.origin(); };
  if (problem.empty()) return log_.write(level, "JWK set of ", origin, ": fetched");
  log_.write(level, "JWK set of ", origin, ": ", problem, "; keys that were fetched before stay in force");
}

void AuthMiddleware::on_left_out(const RemoteKeys& remote, const std::string& line) {
  log_.info("JWK set of ", remote.target.origin(), ": left out: ", line);
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
  loops_.on_each([this, gathering, revocation](Loop& loop) {
    const std::size_t count = loop.disconnect(revocation);
    plugin_api::post(host_, gathering->loop, [gathering, count] {
      gathering->disconnected += count;
      if (--gathering->left == 0) gathering->done(gathering->disconnected);
    });
  });
}

void AuthMiddleware::tell_what_is_odd(const Options& options) {
  for (const std::string& line : options.left_out) log_.info("left out: ", line);
  for (const RemoteKeys& remote : options.remote_keys) {
    if (!remote.target.is_secure && !is_local(remote.target.host))
      log_.warn("JWK set of ", remote.target.origin(), ": whoever is on the way can change its keys, use https");
  }
  for (const Source source : options.sources) {
    if (source == Source::cookie)
      log_.info("tokens are taken from cookies, which browsers send for pages of other origins too: see the README");
  }
}

}  // namespace signaling::auth_jwt
