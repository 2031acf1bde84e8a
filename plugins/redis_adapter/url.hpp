#pragma once
// Addresses of servers as people write them.

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "options.hpp"

namespace signaling::redis_adapter {

/// One URL taken apart. Credentials and the database are empty where the URL names none.
struct ServerUrl {
  ServerAddress address;
  Credentials credentials;
  std::optional<std::uint32_t> database;
  bool is_tls = false;
};

/// `redis://[[user]:password@]host[:port][/db]`, `rediss://…` the same over TLS, `unix:///path[?db=n]` (credentials as
/// `unix://user:password@/path`). User, password and path are percent-decoded; IPv6 addresses stand in brackets.
/// @return nullopt and `problem`: what is wrong and what is allowed. It never holds the password. Pure.
std::optional<ServerUrl> parse_url(std::string_view text, std::string& problem);

/// Puts the URLs of one setting together into `options` (addresses, TLS, credentials and database where the URLs have them).
/// They have to agree on everything but the address, and a single server has to be one. False and `problem` otherwise.
bool apply_urls(std::span<const std::string> urls, BackendOptions& options, std::string& problem);

}  // namespace signaling::redis_adapter
