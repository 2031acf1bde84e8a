// Tokens, claims and JWK sets under any bytes: nobody gets in, what is taken apart is one text alone, and what is read once is
// read the same again. The input is taken as a token, as claims, as a key set, and as the body of a revocation.

#include <auth_jwt/base64url.hpp>
#include <auth_jwt/claims.hpp>
#include <auth_jwt/jwk.hpp>
#include <auth_jwt/revocation_wire.hpp>
#include <auth_jwt/revoke_call.hpp>
#include <auth_jwt/token.hpp>
#include <auth_jwt/token_source.hpp>
#include <auth_jwt/verifier.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "expect.hpp"

using namespace signaling::auth_jwt;

namespace {

constexpr std::int64_t now_ms = 1'700'000'000'000;

AlgorithmSet all_algorithms() {
  AlgorithmSet all;
  for (std::size_t i = 0; i < algorithm_names.size(); ++i) all.add(static_cast<Algorithm>(i));
  return all;
}

/// One key of each kind, none of which signed anything in the corpus.
Verifier make_verifier() {
  constexpr std::string_view keys =
      R"({"keys":[{"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"},)"
      R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"},)"
      R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]})";
  return {std::make_shared<const KeySet>(read_jwk_set(keys, {all_algorithms(), {}}, true).keys), {}, 16};
}

void check_token(std::string_view text) {
  static Verifier verifier = make_verifier();
  SIGNALING_FUZZ_EXPECT(verifier.verify(text, now_ms).identity == nullptr);
  std::string_view detail;
  const std::optional<Token> token = take_apart(text, detail);
  if (!token) {
    SIGNALING_FUZZ_EXPECT(!detail.empty());
    return;
  }
  // No second spelling of the same token.
  SIGNALING_FUZZ_EXPECT(std::string(token->signed_text) + "." + encode_base64url(token->signature) == text);
  SIGNALING_FUZZ_EXPECT(!token->signature.empty());
}

void check_claims_text(std::string_view text) {
  const auto result = read_claims(text);
  const Claims* claims = std::get_if<Claims>(&result);
  if (claims == nullptr) return;
  ClaimRules rules;
  const auto refusal = check_claims(*claims, rules, now_ms);
  if (!refusal) SIGNALING_FUZZ_EXPECT(claims->expires_ms && *claims->expires_ms > now_ms && !claims->has_audience);
  Revocations revocations(1);
  if (claims->subject && !claims->subject->empty() && claims->subject->size() <= Revocation::max_value_bytes) {
    const Revocation revocation{Revocation::Kind::subject, *claims->subject, now_ms + 1};
    revocations.add(revocation, now_ms);
    SIGNALING_FUZZ_EXPECT(revocations.is_revoked(*claims, now_ms));
    std::string wire;
    append_revocation(wire, revocation);
    SIGNALING_FUZZ_EXPECT(read_revocation(wire) == revocation);
  }
}

void check_key_set(std::string_view text) {
  try {
    const JwkSet set = read_jwk_set(text, {all_algorithms(), {}}, true);
    for (const auto& trusted : set.keys) {
      SIGNALING_FUZZ_EXPECT(!trusted->algorithms.empty());
      SIGNALING_FUZZ_EXPECT(trusted->algorithms.of_kind(trusted->key.kind()) == trusted->algorithms);
      for (std::size_t i = 0; i < algorithm_names.size(); ++i)
        SIGNALING_FUZZ_EXPECT(!trusted->key.verify(static_cast<Algorithm>(i), "text", std::string(256, '\0')));
    }
  } catch (const std::runtime_error&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_token(text);
  if (const std::optional<std::string> bytes = decode_base64url(text)) SIGNALING_FUZZ_EXPECT(encode_base64url(*bytes) == text);
  check_claims_text(text);
  check_key_set(text);
  const auto body = read_revoke_body(text, now_ms, 1'000);
  if (const Revocation* revocation = std::get_if<Revocation>(&body))
    SIGNALING_FUZZ_EXPECT(revocation->until_ms > now_ms && !revocation->value.empty());
  read_revocation(text);
  SIGNALING_FUZZ_EXPECT(find_cookie(text, "token").size() <= size);
  SIGNALING_FUZZ_EXPECT(bearer_token(text).size() <= size);
  token_of(text, "token");
  return 0;
}
