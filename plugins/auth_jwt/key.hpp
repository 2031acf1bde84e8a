#pragma once
// One verification key, whatever it was read from, and what is done with it.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include <openssl/evp.h>

#include "algorithm.hpp"

namespace signaling::auth_jwt {

/// Immutable. Cheap to copy; all functions [any thread], several at the same time.
class Key {
 public:
  /// RFC 7518 §3.3: 2048 bits or more.
  static constexpr int min_rsa_bits = 2048;
  /// A larger modulus would make one verification a way to hold up a loop.
  static constexpr int max_rsa_bits = 8192;

  /// The functions that make keys throw std::runtime_error, whose text says what is wrong and holds nothing of the key.

  /// @param bytes  at least 32 (RFC 7518 §3.2: at least as long as the hash; see `is_long_enough`). What looks like PEM is
  /// refused:
  ///               a public key as a secret is known to everybody.
  static Key from_secret(std::string_view bytes);
  /// A public key (`PUBLIC KEY`, `RSA PUBLIC KEY`) or a certificate; the first in the text. A private key is refused.
  static Key from_pem(std::string_view text);
  static Key from_rsa(std::string_view n, std::string_view e);                ///< big endian (RFC 7518 §6.3.1)
  static Key from_ec(KeyKind curve, std::string_view x, std::string_view y);  ///< both as long as the field (RFC 7518 §6.2.1)
  static Key from_ed(KeyKind curve, std::string_view x);                      ///< RFC 8037 §2

  KeyKind kind() const noexcept { return kind_; }
  /// Of secrets: as long as the algorithm's hash, or longer.
  bool is_long_enough(Algorithm algorithm) const noexcept;
  /// False unless the algorithm fits the key's kind and the signature is right. Secrets are compared in constant time.
  bool verify(Algorithm algorithm, std::string_view signed_text, std::string_view signature) const;

 private:
  using PublicKey = std::shared_ptr<EVP_PKEY>;
  Key(KeyKind kind, PublicKey public_key) : kind_(kind), public_key_(std::move(public_key)) {}
  static Key from_public(PublicKey public_key);

  bool verify_hmac(Algorithm algorithm, std::string_view signed_text, std::string_view signature) const;
  bool verify_public(Algorithm algorithm, std::string_view signed_text, std::string_view signature) const;

  KeyKind kind_;
  std::string secret_;
  PublicKey public_key_;
};

}  // namespace signaling::auth_jwt
