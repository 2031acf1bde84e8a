#pragma once
// What this plugin counts.

#include <array>
#include <cstddef>

#include <signaling/plugin_api/host.hpp>

#include "refusal.hpp"

namespace signaling::auth_jwt {

struct Metrics {
  std::array<plugin_api::Metric*, code_count> refused;
  plugin_api::Metric* accepted;
  plugin_api::Metric* anonymous;
  plugin_api::Metric* refreshed;
  plugin_api::Metric* refresh_refused;
  plugin_api::Metric* expired;
  plugin_api::Metric* revoked;
  plugin_api::Metric* waiting;
  plugin_api::Metric* fetched;
  plugin_api::Metric* fetch_failed;
  plugin_api::Metric* keys;
  plugin_api::Metric* failing_urls;
  plugin_api::Metric* revocations;
  plugin_api::Metric* revocations_full;

  explicit Metrics(plugin_api::Host& host) {
    using plugin_api::Label;
    using plugin_api::MetricKind;
    const auto make = [&host](MetricKind kind, std::string_view name, std::string_view help, Label label = {}) {
      return &host.metric(kind, name, help, {&label, label.name.empty() ? 0U : 1U});
    };
    for (std::size_t code = 0; code < code_count; ++code) {
      refused[code] = make(MetricKind::counter, "refused_total", "CONNECTs refused, by the code that the client was told",
                           {"code", to_string(static_cast<Code>(code))});
    }
    accepted = make(MetricKind::counter, "accepted_total", "CONNECTs with a good token");
    anonymous = make(MetricKind::counter, "anonymous_total", "CONNECTs without a token where it is optional");
    refreshed = make(MetricKind::counter, "refreshes_total", "Tokens sent by auth:refresh", {"result", "ok"});
    refresh_refused = make(MetricKind::counter, "refreshes_total", "Tokens sent by auth:refresh", {"result", "refused"});
    expired = make(MetricKind::counter, "expired_sockets_total", "Sockets disconnected at the end of their token");
    revoked =
        make(MetricKind::counter, "revoked_sockets_total", "Sockets disconnected since their token or subject was revoked");
    waiting = make(MetricKind::gauge, "waiting", "CONNECTs and refreshes that wait for newer keys or for what is revoked");
    fetched = make(MetricKind::counter, "key_fetches_total", "Fetches of JWK set URLs", {"result", "ok"});
    fetch_failed = make(MetricKind::counter, "key_fetches_total", "Fetches of JWK set URLs", {"result", "failed"});
    keys = make(MetricKind::gauge, "keys", "Keys that tokens are verified with");
    failing_urls =
        make(MetricKind::gauge, "failing_key_urls", "JWK set URLs whose last fetch failed: the keys before it are in force");
    revocations = make(MetricKind::gauge, "revocations", "Tokens and subjects that are revoked");
    revocations_full = make(MetricKind::counter, "revocations_dropped_total", "Revocations that had no room in the table");
  }
};

}  // namespace signaling::auth_jwt
