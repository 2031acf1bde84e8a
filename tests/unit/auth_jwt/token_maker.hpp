#pragma once
// Signs what a test wants signed, right or wrong, with keys made for this run of the tests.

#include <auth_jwt/algorithm.hpp>
#include <auth_jwt/key.hpp>
#include <memory>
#include <string>
#include <string_view>

#include <openssl/evp.h>

namespace signaling::auth_jwt {

class TokenMaker {
 public:
  static TokenMaker secret(std::string bytes);
  /// Made once for each size: that takes longer than all the rest of a test.
  static TokenMaker rsa(int bits = 2048);
  static TokenMaker another_rsa();
  static TokenMaker ec(const char* curve);  ///< `P-256`, `P-384` …
  static TokenMaker ed(int type = EVP_PKEY_ED25519);

  /// `{"alg":…,"kid":…,"typ":"JWT"}`; without `kid` where that is empty.
  std::string sign(Algorithm algorithm, std::string_view claims, std::string_view kid = {}) const;
  /// With whatever header, signed as `algorithm` says.
  std::string sign_as(Algorithm algorithm, std::string_view header, std::string_view claims) const;
  std::string signature(Algorithm algorithm, std::string_view text) const;

  std::string public_pem() const;
  std::string private_pem() const;
  /// One key of a set, with these further members: `,"kid":"a"`.
  std::string jwk(std::string_view more = {}) const;
  Key key() const;

 private:
  std::string secret_;
  std::shared_ptr<EVP_PKEY> key_;
};

/// Compact serialization of three texts that need not fit together.
std::string compact(std::string_view header, std::string_view claims, std::string_view signature);

}  // namespace signaling::auth_jwt
