#include "options.hpp"

#include <algorithm>
#include <fstream>
#include <stdexcept>
#include <type_traits>

#include <signaling/plugin_api/namespace_pattern.hpp>

#include "base64url.hpp"
#include "json.hpp"

namespace signaling::auth_jwt {

using plugin_api::ConfigView;
using plugin_api::Problems;

namespace {

std::vector<std::string> list(const ConfigView& config, std::string_view key) {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < config.size(key); ++i) texts.emplace_back(config.string_at(key, i));
  return texts;
}

std::vector<RequiredClaim> required_claims(const ConfigView& config) {
  std::vector<RequiredClaim> claims;
  for (const std::string& text : list(config, "required_claims")) claims.push_back(RequiredClaim::parse(text));
  return claims;
}

Policy policy_of(std::string_view word) {
  return word == "off" ? Policy::off : word == "optional" ? Policy::optional : Policy::required;
}

std::string read_file(const std::string& path, std::size_t max_bytes) {
  std::ifstream file(path, std::ios::binary);
  std::string text(max_bytes + 1, '\0');
  if (!file || !(file.read(text.data(), static_cast<std::streamsize>(text.size())) || file.eof()))
    throw std::runtime_error("\"" + path + "\" cannot be read");
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > max_bytes)
    throw std::runtime_error("\"" + path + "\" is longer than " + std::to_string(max_bytes) + " bytes");
  return text;
}

/// Reads one table of `keys`.
class KeyReader {
 public:
  KeyReader(const ConfigView& table, Options& options) : table_(table), options_(options) {}

  void read() {
    use_.issuer = table_.string("issuer");
    for (const std::string& name : list(table_, "algorithms")) {
      const auto algorithm = parse_algorithm(name);
      if (!algorithm)
        throw std::runtime_error(
            "\"" + name +
            "\" is no algorithm, allowed: HS256, HS384, HS512, RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, EdDSA");
      use_.algorithms.add(*algorithm);
    }
    constexpr std::string_view origins[] = {"secret", "secret_file", "public_key", "public_key_file", "jwks_file", "jwks_url"};
    const auto is_given = [this](std::string_view key) { return !table_.string(key).empty(); };
    if (std::count_if(std::begin(origins), std::end(origins), is_given) != 1)
      throw std::runtime_error(
          "each key comes from exactly one of secret, secret_file, public_key, public_key_file, jwks_file and jwks_url");
    const bool is_set = is_given("jwks_file") || is_given("jwks_url");
    if (is_set && is_given("id")) throw std::runtime_error("id is not for JWK sets: their keys have their own");
    if (is_given("secret")) {
      add(secret(std::string(table_.string("secret"))));
    } else if (is_given("secret_file")) {
      add(from_file("secret_file", [this](std::string text) {
        if (text.ends_with('\n')) text.pop_back();
        if (text.ends_with('\r')) text.pop_back();
        return secret(text);
      }));
    } else if (is_given("public_key")) {
      add(Key::from_pem(table_.string("public_key")));
    } else if (is_given("public_key_file")) {
      add(from_file("public_key_file", [](const std::string& text) { return Key::from_pem(text); }));
    } else if (is_given("jwks_file")) {
      JwkSet set = from_file("jwks_file", [this](const std::string& text) { return read_jwk_set(text, use_, true); });
      const std::string file(table_.string("jwks_file"));
      for (const std::string& line : set.left_out) options_.left_out.push_back(file + ": " + line);
      if (set.keys.empty())
        throw std::runtime_error("\"" + file + "\" has no key that can be used" +
                                 (set.left_out.empty() ? "" : ": " + set.left_out.front()));
      options_.keys.insert(options_.keys.end(), set.keys.begin(), set.keys.end());
    } else {
      add_remote();
    }
  }

 private:
  Key secret(const std::string& text) const {
    if (table_.string("secret_encoding") != "base64url") return Key::from_secret(text);
    const std::optional<std::string> bytes = decode_base64url(text);
    if (!bytes) throw std::runtime_error("the secret is no base64url (without padding)");
    return Key::from_secret(*bytes);
  }

  template <class Make>
  std::invoke_result_t<Make, const std::string&> from_file(std::string_view key, Make make) const {
    const std::string path(table_.string(key));
    const std::string text = read_file(path, options_.max_fetch_bytes);
    try {
      return make(text);
    } catch (const std::runtime_error& error) {
      throw std::runtime_error("\"" + path + "\": " + error.what());
    }
  }

  void add(Key key) {
    for (std::size_t i = 0; i < algorithm_names.size(); ++i) {
      const auto algorithm = static_cast<Algorithm>(i);
      if (!use_.algorithms.has(algorithm)) continue;
      if (!fits(algorithm, key.kind()))
        throw std::runtime_error(std::string(to_string(algorithm)) + " is not for this kind of key (" +
                                 std::string(to_string(key.kind())) + ")");
      if (!key.is_long_enough(algorithm))
        throw std::runtime_error("a secret for " + std::string(to_string(algorithm)) + " must have " +
                                 std::to_string(hash_bytes(algorithm)) + " bytes or more");
    }
    options_.keys.push_back(std::make_shared<const TrustedKey>(
        TrustedKey{std::move(key), std::string(table_.string("id")), use_.algorithms, use_.issuer}));
  }

  void add_remote() {
    for (const Algorithm secret_one : {Algorithm::hs256, Algorithm::hs384, Algorithm::hs512}) {
      if (use_.algorithms.has(secret_one)) throw std::runtime_error("a key of a URL is no secret: no HS256, HS384 or HS512");
    }
    RemoteKeys remote;
    try {
      remote.target = HttpTarget::parse(table_.string("jwks_url"));
    } catch (const std::runtime_error& error) {
      throw std::runtime_error(std::string("jwks_url ") + error.what());
    }
    remote.ca_file = table_.string("jwks_ca_file");
    if (!remote.ca_file.empty()) read_file(remote.ca_file, 10'000'000);
    remote.use = use_;
    options_.remote_keys.push_back(std::move(remote));
  }

  const ConfigView& table_;
  Options& options_;
  KeyUse use_;
};

void read_sources(const ConfigView& config, Options& options, Problems& problems) {
  for (const std::string& word : list(config, "sources")) {
    if (word == "auth") {
      options.sources.push_back(Source::auth);
    } else if (word == "header") {
      options.sources.push_back(Source::header);
    } else if (word == "cookie") {
      options.sources.push_back(Source::cookie);
    } else if (word == "query") {
      options.sources.push_back(Source::query);
    } else {
      problems.add("sources", "\"" + word + "\" is no source, allowed: auth, header, cookie, query");
    }
  }
}

}  // namespace

const NamespaceRule* Options::rule_of(std::string_view namespace_name) const noexcept {
  const NamespaceRule* by_pattern = nullptr;
  for (const NamespaceRule& rule : namespaces) {
    if (rule.name == namespace_name) return &rule;
    if (by_pattern == nullptr && plugin_api::matches_pattern(rule.name, namespace_name)) by_pattern = &rule;
  }
  return by_pattern;
}

Policy Options::policy_of(std::string_view namespace_name) const noexcept {
  const NamespaceRule* rule = rule_of(namespace_name);
  return rule != nullptr ? rule->policy : policy;
}

Options read_options(const ConfigView& config, Problems& problems) {
  Options options{};
  read_sources(config, options, problems);
  options.auth_key = config.string("auth_key");
  options.cookie_name = config.string("cookie_name");
  options.query_parameter = config.string("query_parameter");

  options.policy = policy_of(config.string("policy"));
  for (std::size_t i = 0; i < config.size("namespaces"); ++i) {
    const ConfigView& table = *config.table_at("namespaces", i);
    const std::string name(table.string("name"));
    if (name.front() != '/') problems.add("namespaces", "\"" + name + "\" is no namespace: it must begin with /");
    const bool is_twice = std::any_of(options.namespaces.begin(), options.namespaces.end(),
                                      [&](const NamespaceRule& rule) { return rule.name == name; });
    if (is_twice) problems.add("namespaces", "\"" + name + "\" stands there twice");
    options.namespaces.push_back({name, policy_of(table.string("policy")), required_claims(table)});
  }
  options.anonymous_claims = config.string("anonymous_claims");
  if (!options.anonymous_claims.empty() && !parse_object(options.anonymous_claims))
    problems.add("anonymous_claims", "is no JSON object with distinct names");

  options.tokens.max_token_bytes = static_cast<std::size_t>(config.integer("max_token_bytes"));
  options.tokens.types = list(config, "token_types");
  options.tokens.claims.leeway_ms = config.duration_ms("leeway");
  options.tokens.claims.needs_expiry = config.boolean("require_expiry");
  options.tokens.claims.issuers = list(config, "issuers");
  options.tokens.claims.audiences = list(config, "audiences");
  options.tokens.claims.required = required_claims(config);
  options.cache_entries = static_cast<std::size_t>(config.integer("remembered_tokens"));

  options.fetch_timeout_ms = config.duration_ms("jwks_timeout");
  options.max_fetch_bytes = static_cast<std::size_t>(config.integer("jwks_max_bytes"));
  options.fetch_interval_ms = config.duration_ms("jwks_refresh_interval");
  options.min_fetch_interval_ms = config.duration_ms("jwks_min_interval");
  for (std::size_t i = 0; i < config.size("keys"); ++i) {
    try {
      KeyReader(*config.table_at("keys", i), options).read();
    } catch (const std::runtime_error& error) {
      problems.add("keys", "key " + std::to_string(i + 1) + ": " + error.what());
    }
  }
  const bool wants_tokens =
      options.policy != Policy::off || std::any_of(options.namespaces.begin(), options.namespaces.end(),
                                                   [](const NamespaceRule& rule) { return rule.policy != Policy::off; });
  if (config.size("keys") == 0 && wants_tokens)
    problems.add("keys", "no key: every token would be refused; name one, or set policy = \"off\"");

  options.expiry_warning_ms = config.duration_ms("expiry_warning");
  options.has_refresh = config.boolean("refresh");
  options.max_revocations = static_cast<std::size_t>(config.integer("max_revocations"));
  options.revocation_ttl_ms = config.duration_ms("revocation_ttl");
  options.sync_interval_ms = config.duration_ms("revocation_sync_interval");
  return options;
}

}  // namespace signaling::auth_jwt
