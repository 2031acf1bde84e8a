#pragma once
// The plugin's table of the configuration, checked and ready to use.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <signaling/plugin_api/config.hpp>

#include "claims.hpp"
#include "http_get.hpp"
#include "jwk.hpp"
#include "key_set.hpp"
#include "verifier.hpp"

namespace signaling::auth_jwt {

/// Where a token may stand in what a client sends.
enum class Source : std::uint8_t { auth, header, cookie, query };

enum class Policy : std::uint8_t { required, optional, off };

struct NamespaceRule {
  std::string name;  ///< may hold `*`
  Policy policy;
  std::vector<RequiredClaim> required;  ///< beyond those of all namespaces
};

/// A key set that is fetched.
struct RemoteKeys {
  HttpTarget target;
  std::string ca_file;  ///< PEM; empty: those of the system
  KeyUse use;
  bool operator==(const RemoteKeys& other) const {
    return target.text == other.target.text && ca_file == other.ca_file && use.algorithms == other.use.algorithms &&
           use.issuer == other.use.issuer;
  }
};

struct Options {
  std::vector<Source> sources;  ///< the first that has a token counts
  std::string auth_key;
  std::string cookie_name;
  std::string query_parameter;

  Policy policy;
  std::vector<NamespaceRule> namespaces;
  std::string anonymous_claims;  ///< JSON object, or empty

  TokenRules tokens;
  std::size_t cache_entries;

  TrustedKeys keys;  ///< those that stand in the configuration and in files
  std::vector<RemoteKeys> remote_keys;
  std::vector<std::string> left_out;  ///< keys of files that are not used, a line each, for the log
  std::int64_t fetch_timeout_ms;
  std::size_t max_fetch_bytes;
  std::int64_t fetch_interval_ms;
  std::int64_t min_fetch_interval_ms;

  std::int64_t expiry_warning_ms;
  bool has_refresh;

  std::size_t max_revocations;
  std::int64_t revocation_ttl_ms;
  std::int64_t sync_interval_ms;

  /// What holds for that namespace: exact names before patterns, these in their order, else the plugin's `policy`.
  Policy policy_of(std::string_view namespace_name) const noexcept;
  const NamespaceRule* rule_of(std::string_view namespace_name) const noexcept;
};

/// Reads the files that the table names. What is wrong goes to `problems`; the options are then good for nothing.
Options read_options(const plugin_api::ConfigView& config, plugin_api::Problems& problems);

}  // namespace signaling::auth_jwt
