#include "verifier.hpp"

#include <algorithm>

#include <openssl/evp.h>

#include "token.hpp"

namespace signaling::auth_jwt {

namespace {

bool is_same_type(std::string_view given, std::string_view wanted) {
  // RFC 7515 §4.1.9: `application/` may be left out.
  constexpr std::string_view prefix = "application/";
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  const auto equal = [&](std::string_view a, std::string_view b) {
    return a.size() == b.size() &&
           std::equal(a.begin(), a.end(), b.begin(), [&](char x, char y) { return lower(x) == lower(y); });
  };
  if (given.size() > prefix.size() && equal(given.substr(0, prefix.size()), prefix)) given.remove_prefix(prefix.size());
  return equal(given, wanted);
}

}  // namespace

void Verifier::set_keys(std::shared_ptr<const KeySet> keys) {
  keys_ = std::move(keys);
  recent_.clear();
  by_digest_.clear();
}

Verifier::Result Verifier::verify(std::string_view text, std::int64_t now_ms) {
  if (text.size() > rules_.max_token_bytes) return {nullptr, {Code::token_invalid, "longer than max_token_bytes"}};
  // By digest: how long the search takes tells nothing of the tokens that are remembered.
  Digest digest{};
  const bool has_digest =
      cache_entries_ != 0 && EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha256(), nullptr) == 1;
  std::shared_ptr<const Identity> identity = has_digest ? find(digest) : nullptr;
  if (identity == nullptr) {
    Result result = check_signature(text);
    if (result.identity == nullptr) return result;
    identity = std::move(result.identity);
    if (has_digest) remember(digest, identity);
  }
  if (const auto refusal = check_claims(identity->claims, rules_.claims, now_ms)) return {nullptr, *refusal};
  return {std::move(identity)};
}

Verifier::Result Verifier::check_signature(std::string_view text) const {
  std::string_view detail;
  std::optional<Token> token = take_apart(text, detail);
  if (!token) return {nullptr, {Code::token_invalid, detail}};
  const bool has_type =
      rules_.types.empty() || std::any_of(rules_.types.begin(), rules_.types.end(),
                                          [&](const std::string& type) { return is_same_type(token->type, type); });
  if (!has_type) return {nullptr, {Code::token_invalid, "typ is none of token_types"}};
  const bool names_unknown_key = !token->kid.empty() && !keys_->knows(token->kid);
  for (const auto& trusted : keys_->candidates(token->algorithm, token->kid)) {
    if (!trusted->key.verify(token->algorithm, token->signed_text, token->signature)) continue;
    std::variant<Claims, Refusal> claims = read_claims(token->claims);
    if (const Refusal* refusal = std::get_if<Refusal>(&claims)) return {nullptr, *refusal};
    auto identity = std::make_shared<Identity>(Identity{std::move(token->claims), std::get<Claims>(std::move(claims))});
    if (trusted->issuer.empty() || identity->claims.issuer == trusted->issuer) return {std::move(identity)};
    return {nullptr, {Code::token_invalid, "iss is not the issuer that the key is for"}};
  }
  return {nullptr, {Code::token_invalid, "no key of ours has made this signature"}, names_unknown_key};
}

std::shared_ptr<const Identity> Verifier::find(const Digest& digest) {
  const auto found = by_digest_.find(digest);
  if (found == by_digest_.end()) return nullptr;
  recent_.splice(recent_.begin(), recent_, found->second);
  return found->second->identity;
}

void Verifier::remember(const Digest& digest, const std::shared_ptr<const Identity>& identity) {
  recent_.push_front({digest, identity});
  by_digest_[digest] = recent_.begin();
  if (recent_.size() <= cache_entries_) return;
  by_digest_.erase(recent_.back().digest);
  recent_.pop_back();
}

}  // namespace signaling::auth_jwt
