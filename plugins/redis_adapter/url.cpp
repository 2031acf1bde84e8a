#include "url.hpp"

#include <charconv>

namespace signaling::redis_adapter {
namespace {

constexpr std::string_view allowed =
    "must be redis://[[user]:password@]host[:port][/database], rediss://… for TLS, or unix:///path[?db=database]";

std::optional<std::string> percent_decoded(std::string_view text) {
  const auto digit = [](char c) -> int {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
  };
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    if (i + 2 >= text.size() || digit(text[i + 1]) < 0 || digit(text[i + 2]) < 0) return std::nullopt;
    decoded += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
    i += 2;
  }
  return decoded;
}

template <class Number>
bool read_number(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size();
}

std::nullopt_t refuse(std::string& problem, std::string_view what) {
  problem = std::string(what) + "; " + std::string(allowed);
  return std::nullopt;
}

/// A word without a colon is refused: elsewhere it is a user name, and a password taken for one ends in logs.
bool read_credentials(std::string_view text, Credentials& credentials, std::string& problem) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) {
    refuse(problem, "credentials without a colon (a password alone is written :password@)");
    return false;
  }
  const auto username = percent_decoded(text.substr(0, colon));
  const auto password = percent_decoded(text.substr(colon + 1));
  if (!username || !password) {
    refuse(problem, "the credentials hold a % that no two hexadecimal digits follow (a % itself is written %25)");
    return false;
  }
  credentials = {*username, *password};
  return true;
}

bool read_host_and_port(std::string_view text, ServerAddress& address, std::string& problem) {
  std::string_view port;
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos) return refuse(problem, "an IPv6 address without its closing bracket"), false;
    address.host = text.substr(1, close - 1);
    text.remove_prefix(close + 1);
    if (!text.empty() && text.front() != ':') return refuse(problem, "text between the bracket and the port"), false;
    port = text.empty() ? text : text.substr(1);
    if (!text.empty() && port.empty()) return refuse(problem, "an empty port"), false;
  } else {
    const auto colon = text.find(':');
    if (colon != text.rfind(':')) return refuse(problem, "an IPv6 address without brackets, or two ports"), false;
    address.host = text.substr(0, colon);
    if (colon != std::string_view::npos) {
      port = text.substr(colon + 1);
      if (port.empty()) return refuse(problem, "an empty port"), false;
    }
  }
  if (address.host.empty()) return refuse(problem, "no host"), false;
  if (!port.empty() && (!read_number(port, address.port) || address.port == 0))
    return refuse(problem, "the port is not a number from 1 to 65535"), false;
  return true;
}

}  // namespace

std::string ServerAddress::text() const {
  if (is_unix()) return path;
  const bool is_v6 = host.find(':') != std::string::npos;
  return (is_v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::optional<ServerUrl> parse_url(std::string_view text, std::string& problem) {
  ServerUrl url;
  bool is_unix = false;
  const auto scheme_end = text.find("://");
  const auto scheme = text.substr(0, scheme_end);
  if (scheme_end == std::string_view::npos) return refuse(problem, "no scheme");
  if (scheme == "unix")
    is_unix = true;
  else if (scheme == "rediss")
    url.is_tls = true;
  else if (scheme != "redis")
    return refuse(problem, "an unknown scheme");
  text.remove_prefix(scheme_end + 3);

  if (text.find('#') != std::string_view::npos) return refuse(problem, "a # (written %23 in a password)");
  std::string_view query;
  if (const auto mark = text.find('?'); mark != std::string_view::npos) {
    query = text.substr(mark + 1);
    text = text.substr(0, mark);
  }
  const auto slash = text.find('/');
  auto authority = text.substr(0, slash);
  const auto path = slash == std::string_view::npos ? std::string_view() : text.substr(slash);
  // The last @: a password may hold one, though it should not.
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
    if (!read_credentials(authority.substr(0, at), url.credentials, problem)) return std::nullopt;
    authority.remove_prefix(at + 1);
  }

  std::string_view database;
  if (is_unix) {
    if (!authority.empty()) return refuse(problem, "a host in front of the path of a socket (unix:///path has three slashes)");
    const auto decoded = percent_decoded(path);
    if (!decoded || decoded->size() < 2) return refuse(problem, "no path of a socket");
    // sockaddr_un holds 108 bytes with the final zero.
    if (decoded->size() > 107) return refuse(problem, "a path of a socket with more than 107 bytes");
    url.address.path = *decoded;
    url.address.port = 0;
    if (query.starts_with("db=")) {
      database = query.substr(3);
      if (database.empty()) return refuse(problem, "an empty database");
      query = {};
    }
  } else {
    if (!read_host_and_port(authority, url.address, problem)) return std::nullopt;
    if (path.size() > 1) database = path.substr(1);
  }
  if (!query.empty()) return refuse(problem, "an unknown parameter behind the ?");
  if (!database.empty()) {
    std::uint32_t number = 0;
    if (!read_number(database, number)) return refuse(problem, "the database is not a number");
    url.database = number;
  }
  return url;
}

bool apply_urls(std::span<const std::string> urls, BackendOptions& options, std::string& problem) {
  if (urls.empty()) {
    problem = "no address; " + std::string(allowed);
    return false;
  }
  if (options.topology == TopologyKind::single && urls.size() > 1) {
    problem = "several addresses of one server; topology = \"sentinel\" or \"cluster\" takes several";
    return false;
  }
  std::optional<ServerUrl> first;
  for (const auto& text : urls) {
    auto url = parse_url(text, problem);
    if (!url) return false;
    if (!first) {
      first = *url;
    } else if (url->is_tls != first->is_tls || url->database != first->database ||
               url->credentials.username != first->credentials.username ||
               url->credentials.password != first->credentials.password) {
      problem = "the addresses differ in scheme, credentials or database; one set is used for all of them";
      return false;
    }
    if (options.topology != TopologyKind::single && url->address.is_unix()) {
      problem = "a Unix socket; Sentinel and cluster name their servers by host and port";
      return false;
    }
    options.addresses.push_back(std::move(url->address));
  }
  if (options.topology == TopologyKind::cluster && first->database.value_or(0) != 0) {
    problem = "a database; a Redis Cluster has database 0 alone";
    return false;
  }
  options.tls.is_enabled = options.tls.is_enabled || first->is_tls;
  if (first->database) options.database = *first->database;
  if (!first->credentials.username.empty()) options.credentials.username = first->credentials.username;
  if (!first->credentials.password.empty()) options.credentials.password = first->credentials.password;
  return true;
}

}  // namespace signaling::redis_adapter
