#include "jwk.hpp"

#include <algorithm>
#include <stdexcept>

#include <boost/json/array.hpp>

#include "base64url.hpp"
#include "json.hpp"

namespace signaling::auth_jwt {

namespace {

std::string_view text_of(const boost::json::object& jwk, std::string_view name) {
  const boost::json::string* text = find_string(jwk, name);
  return text != nullptr ? view(*text) : std::string_view();
}

std::string bytes_of(const boost::json::object& jwk, std::string_view name) {
  const boost::json::string* text = find_string(jwk, name);
  std::optional<std::string> bytes;
  if (text != nullptr && text->size() <= 4096) bytes = decode_base64url(view(*text));
  if (!bytes || bytes->empty()) throw std::runtime_error("\"" + std::string(name) + "\" is missing or no base64url");
  return *std::move(bytes);
}

Key read_ec(const boost::json::object& jwk, KeyKind curve) {
  const std::string x = bytes_of(jwk, "x");
  return Key::from_ec(curve, x, bytes_of(jwk, "y"));
}

Key read_key(const boost::json::object& jwk, bool with_secrets) {
  const std::string_view type = text_of(jwk, "kty");
  const std::string_view curve = text_of(jwk, "crv");
  if (type == "RSA") {
    const std::string modulus = bytes_of(jwk, "n");
    return Key::from_rsa(modulus, bytes_of(jwk, "e"));
  }
  if (type == "EC" && curve == "P-256") return read_ec(jwk, KeyKind::ec_p256);
  if (type == "EC" && curve == "P-384") return read_ec(jwk, KeyKind::ec_p384);
  if (type == "OKP" && curve == "Ed25519") return Key::from_ed(KeyKind::ed25519, bytes_of(jwk, "x"));
  if (type == "OKP" && curve == "Ed448") return Key::from_ed(KeyKind::ed448, bytes_of(jwk, "x"));
  if (type == "oct") {
    if (!with_secrets) throw std::runtime_error("a secret (oct), which is not taken from a URL");
    return Key::from_secret(bytes_of(jwk, "k"));
  }
  throw std::runtime_error("another kind of key than RSA, EC P-256, EC P-384, OKP Ed25519, OKP Ed448 and oct");
}

bool is_for_verifying(const boost::json::object& jwk) {
  if (jwk.contains("use") && text_of(jwk, "use") != "sig") return false;
  const boost::json::value* operations = jwk.if_contains("key_ops");
  if (operations == nullptr) return true;
  const boost::json::array* list = operations->if_array();
  return list != nullptr && std::any_of(list->begin(), list->end(), [](const boost::json::value& operation) {
           return operation.is_string() && operation.get_string() == "verify";
         });
}

TrustedKey read_trusted(const boost::json::object& jwk, const KeyUse& use, bool with_secrets) {
  if (!is_for_verifying(jwk)) throw std::runtime_error("not for verifying signatures (use, key_ops)");
  TrustedKey trusted{read_key(jwk, with_secrets), std::string(text_of(jwk, "kid")), {}, use.issuer};
  const bool has_algorithm = jwk.contains("alg");
  const auto own = parse_algorithm(text_of(jwk, "alg"));
  for (std::size_t i = 0; i < algorithm_names.size(); ++i) {
    const auto algorithm = static_cast<Algorithm>(i);
    const bool is_allowed = use.algorithms.has(algorithm) && (!has_algorithm || own == algorithm);
    if (is_allowed && fits(algorithm, trusted.key.kind()) && trusted.key.is_long_enough(algorithm))
      trusted.algorithms.add(algorithm);
  }
  if (trusted.algorithms.empty()) throw std::runtime_error("none of the algorithms of the configuration is for it");
  return trusted;
}

}  // namespace

JwkSet read_jwk_set(std::string_view text, const KeyUse& use, bool with_secrets) {
  const std::optional<boost::json::object> parsed = parse_object(text);
  if (!parsed) throw std::runtime_error("is no JSON object");
  std::vector<const boost::json::value*> entries;
  const boost::json::value single(*parsed);
  if (const boost::json::value* keys = parsed->if_contains("keys")) {
    const boost::json::array* list = keys->if_array();
    if (list == nullptr) throw std::runtime_error("\"keys\" is no list");
    if (list->size() > JwkSet::max_keys)
      throw std::runtime_error("has more than " + std::to_string(JwkSet::max_keys) + " keys");
    for (const boost::json::value& entry : *list) entries.push_back(&entry);
  } else if (parsed->contains("kty")) {
    entries.push_back(&single);
  } else {
    throw std::runtime_error("is no JWK set: it has no \"keys\"");
  }
  JwkSet set;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    try {
      const boost::json::object* jwk = entries[i]->if_object();
      if (jwk == nullptr) throw std::runtime_error("no JSON object");
      set.keys.push_back(std::make_shared<const TrustedKey>(read_trusted(*jwk, use, with_secrets)));
    } catch (const std::runtime_error& error) {
      set.left_out.push_back("key " + std::to_string(i + 1) + ": " + error.what());
    }
  }
  return set;
}

}  // namespace signaling::auth_jwt
