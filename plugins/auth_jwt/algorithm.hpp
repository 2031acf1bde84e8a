#pragma once
// Signature algorithms of JWS (RFC 7518 §3.1, RFC 8037 §3.1), and which kind of key each belongs to. `none` is not among them.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace signaling::auth_jwt {

enum class Algorithm : std::uint8_t { hs256, hs384, hs512, rs256, rs384, rs512, ps256, ps384, ps512, es256, es384, eddsa };
inline constexpr std::array<std::string_view, 12> algorithm_names = {"HS256", "HS384", "HS512", "RS256", "RS384", "RS512",
                                                                     "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"};

constexpr std::string_view to_string(Algorithm algorithm) noexcept {
  return algorithm_names[static_cast<std::size_t>(algorithm)];
}

/// Exactly these names, in exactly this case.
constexpr std::optional<Algorithm> parse_algorithm(std::string_view name) noexcept {
  for (std::size_t i = 0; i < algorithm_names.size(); ++i) {
    if (algorithm_names[i] == name) return static_cast<Algorithm>(i);
  }
  return std::nullopt;
}

enum class KeyKind : std::uint8_t { secret, rsa, ec_p256, ec_p384, ed25519, ed448 };

constexpr std::string_view to_string(KeyKind kind) noexcept {
  constexpr std::array<std::string_view, 6> names = {"secret", "RSA", "EC P-256", "EC P-384", "Ed25519", "Ed448"};
  return names[static_cast<std::size_t>(kind)];
}

/// A key of one kind is never used as another: a public key is no secret.
constexpr bool fits(Algorithm algorithm, KeyKind kind) noexcept {
  switch (algorithm) {
    case Algorithm::hs256:
    case Algorithm::hs384:
    case Algorithm::hs512: return kind == KeyKind::secret;
    case Algorithm::rs256:
    case Algorithm::rs384:
    case Algorithm::rs512:
    case Algorithm::ps256:
    case Algorithm::ps384:
    case Algorithm::ps512: return kind == KeyKind::rsa;
    case Algorithm::es256: return kind == KeyKind::ec_p256;
    case Algorithm::es384: return kind == KeyKind::ec_p384;
    case Algorithm::eddsa: return kind == KeyKind::ed25519 || kind == KeyKind::ed448;
  }
  return false;
}

/// Bytes of the hash; 0 for EdDSA, which has its own.
constexpr std::size_t hash_bytes(Algorithm algorithm) noexcept {
  switch (algorithm) {
    case Algorithm::hs256:
    case Algorithm::rs256:
    case Algorithm::ps256:
    case Algorithm::es256: return 32;
    case Algorithm::hs384:
    case Algorithm::rs384:
    case Algorithm::ps384:
    case Algorithm::es384: return 48;
    case Algorithm::hs512:
    case Algorithm::rs512:
    case Algorithm::ps512: return 64;
    case Algorithm::eddsa: return 0;
  }
  return 0;
}

class AlgorithmSet {
 public:
  constexpr void add(Algorithm algorithm) noexcept { bits_ |= bit(algorithm); }
  constexpr bool has(Algorithm algorithm) const noexcept { return (bits_ & bit(algorithm)) != 0; }
  constexpr bool empty() const noexcept { return bits_ == 0; }
  /// Those that a key of that kind can do.
  constexpr AlgorithmSet of_kind(KeyKind kind) const noexcept {
    AlgorithmSet set;
    for (std::size_t i = 0; i < algorithm_names.size(); ++i) {
      const auto algorithm = static_cast<Algorithm>(i);
      if (has(algorithm) && fits(algorithm, kind)) set.add(algorithm);
    }
    return set;
  }
  constexpr bool operator==(const AlgorithmSet&) const = default;

 private:
  static constexpr std::uint16_t bit(Algorithm algorithm) noexcept {
    return static_cast<std::uint16_t>(1U << static_cast<unsigned>(algorithm));
  }
  std::uint16_t bits_ = 0;
};

}  // namespace signaling::auth_jwt
