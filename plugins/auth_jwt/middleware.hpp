#pragma once
// The plugin: life cycle, and hooks handed to the loop they came on.

#include <cstdint>
#include <memory>
#include <optional>

#include <signaling/plugin_api/basic_plugin.hpp>
#include <signaling/plugin_api/host.hpp>
#include <signaling/plugin_api/log.hpp>
#include <signaling/plugin_api/per_loop.hpp>

#include "http_get.hpp"
#include "key_store.hpp"
#include "loop.hpp"
#include "metrics.hpp"
#include "options.hpp"
#include "revocation_sync.hpp"
#include "revocations.hpp"
#include "revoke_call.hpp"

namespace signaling::auth_jwt {

class AuthMiddleware final : public plugin_api::BasicMiddleware, private KeyStoreEvents {
 public:
  explicit AuthMiddleware(plugin_api::Host& host) : host_(host), log_(host) {}

  void validate(const plugin_api::ConfigView& config, plugin_api::Problems& problems) override;
  void start(const plugin_api::ConfigView& config, plugin_api::Problems& problems) override;
  /// Reads all files again. Sockets that are there stay, until their tokens end.
  void reload(const plugin_api::ConfigView& config, plugin_api::Problems& problems) override;
  void stop() override;
  std::string_view health() const override;

  std::uint32_t hooks() const override;
  void on_connect(plugin_api::Socket& socket, plugin_api::Verdict& verdict) override;
  void on_event(plugin_api::Socket& socket, const plugin_api::Event& event, plugin_api::Verdict& verdict) override;
  void on_disconnect(plugin_api::Socket& socket, std::string_view reason) override;

 private:
  // KeyStoreEvents
  void on_keys(std::shared_ptr<const KeySet> keys, bool is_settled) override;
  void on_fetched(const RemoteKeys& remote, std::string_view problem, bool is_news) override;
  void on_left_out(const RemoteKeys& remote, const std::string& line) override;
  void on_counts(std::size_t keys, std::size_t failing_urls) override;

  void disconnect_sockets(const Revocation& revocation, std::function<void(std::size_t)> done);
  void tell_what_is_odd(const Options& options);

  plugin_api::Host& host_;
  const plugin_api::Log log_;
  std::shared_ptr<const Options> options_;  ///< of the thread of the life cycle
  std::optional<Metrics> metrics_;
  HttpGet http_;
  std::optional<Revocations> revocations_;
  std::optional<KeyStore> keys_;
  plugin_api::PerLoop<Loop> loops_;
  std::optional<RevocationSync> sync_;
  std::optional<RevokeCall> revoke_call_;
};

}  // namespace signaling::auth_jwt
