#include "token_maker.hpp"

#include <auth_jwt/base64url.hpp>
#include <map>
#include <stdexcept>
#include <vector>

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

namespace signaling::auth_jwt {

namespace {

void require(bool is_well) {
  if (!is_well) throw std::runtime_error("OpenSSL failed in the test's own signing");
}

const EVP_MD* hash_of(Algorithm algorithm) {
  const std::size_t bytes = hash_bytes(algorithm);
  return bytes == 32 ? EVP_sha256() : bytes == 48 ? EVP_sha384() : bytes == 64 ? EVP_sha512() : nullptr;
}

std::shared_ptr<EVP_PKEY> own(EVP_PKEY* key) {
  require(key != nullptr);
  return {key, &EVP_PKEY_free};
}

std::string number(const EVP_PKEY* key, const char* name, std::size_t bytes = 0) {
  BIGNUM* value = nullptr;
  require(EVP_PKEY_get_bn_param(key, name, &value) == 1);
  std::string text(bytes != 0 ? bytes : static_cast<std::size_t>(BN_num_bytes(value)), '\0');
  BN_bn2binpad(value, reinterpret_cast<unsigned char*>(text.data()), static_cast<int>(text.size()));
  BN_free(value);
  return encode_base64url(text);
}

std::string pem_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string text(data, static_cast<std::size_t>(size));
  BIO_free(bio);
  return text;
}

}  // namespace

TokenMaker TokenMaker::secret(std::string bytes) {
  TokenMaker maker;
  maker.secret_ = std::move(bytes);
  return maker;
}

TokenMaker TokenMaker::rsa(int bits) {
  static std::map<int, TokenMaker> made;
  TokenMaker& maker = made[bits];
  if (maker.key_ == nullptr) maker.key_ = own(EVP_RSA_gen(static_cast<unsigned>(bits)));
  return maker;
}

TokenMaker TokenMaker::another_rsa() {
  TokenMaker maker;
  maker.key_ = own(EVP_RSA_gen(2048));
  return maker;
}

TokenMaker TokenMaker::ec(const char* curve) {
  TokenMaker maker;
  maker.key_ = own(EVP_EC_gen(curve));
  return maker;
}

TokenMaker TokenMaker::ed(int type) {
  TokenMaker maker;
  maker.key_ = own(EVP_PKEY_Q_keygen(nullptr, nullptr, OBJ_nid2sn(type)));
  return maker;
}

std::string TokenMaker::sign(Algorithm algorithm, std::string_view claims, std::string_view kid) const {
  std::string header = R"({"alg":")" + std::string(to_string(algorithm)) + R"(","typ":"JWT")";
  if (!kid.empty()) header += R"(,"kid":")" + std::string(kid) + '"';
  return sign_as(algorithm, header + "}", claims);
}

std::string TokenMaker::sign_as(Algorithm algorithm, std::string_view header, std::string_view claims) const {
  std::string text = encode_base64url(header) + "." + encode_base64url(claims);
  return text + "." + encode_base64url(signature(algorithm, text));
}

std::string TokenMaker::signature(Algorithm algorithm, std::string_view text) const {
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  if (key_ == nullptr) {
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    require(HMAC(hash_of(algorithm), secret_.data(), static_cast<int>(secret_.size()), bytes, text.size(), mac, &size) !=
            nullptr);
    return {reinterpret_cast<char*>(mac), size};
  }
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  EVP_PKEY_CTX* parameters = nullptr;
  require(EVP_DigestSignInit(context.get(), &parameters, hash_of(algorithm), nullptr, key_.get()) == 1);
  if (algorithm >= Algorithm::ps256 && algorithm <= Algorithm::ps512) {
    require(EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) == 1);
    require(EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST) == 1);
  }
  std::size_t size = 0;
  require(EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size()) == 1);
  std::string signature(size, '\0');
  require(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, bytes, text.size()) == 1);
  signature.resize(size);
  if (EVP_PKEY_get_base_id(key_.get()) != EVP_PKEY_EC) return signature;
  const auto* der = reinterpret_cast<const unsigned char*>(signature.data());
  ECDSA_SIG* pair = d2i_ECDSA_SIG(nullptr, &der, static_cast<long>(signature.size()));
  require(pair != nullptr);
  const int field = (EVP_PKEY_get_bits(key_.get()) + 7) / 8;
  std::string raw(static_cast<std::size_t>(2 * field), '\0');
  auto* out = reinterpret_cast<unsigned char*>(raw.data());
  require(BN_bn2binpad(ECDSA_SIG_get0_r(pair), out, field) == field &&
          BN_bn2binpad(ECDSA_SIG_get0_s(pair), out + field, field) == field);
  ECDSA_SIG_free(pair);
  return raw;
}

std::string TokenMaker::public_pem() const {
  BIO* bio = BIO_new(BIO_s_mem());
  require(PEM_write_bio_PUBKEY(bio, key_.get()) == 1);
  return pem_of(bio);
}

std::string TokenMaker::private_pem() const {
  BIO* bio = BIO_new(BIO_s_mem());
  require(PEM_write_bio_PrivateKey(bio, key_.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
  return pem_of(bio);
}

std::string TokenMaker::jwk(std::string_view more) const {
  std::string text;
  if (key_ == nullptr) {
    text = R"({"kty":"oct","k":")" + encode_base64url(secret_) + '"';
  } else if (EVP_PKEY_get_base_id(key_.get()) == EVP_PKEY_RSA) {
    text = R"({"kty":"RSA","n":")" + number(key_.get(), OSSL_PKEY_PARAM_RSA_N) + R"(","e":")" +
           number(key_.get(), OSSL_PKEY_PARAM_RSA_E) + '"';
  } else if (EVP_PKEY_get_base_id(key_.get()) == EVP_PKEY_EC) {
    const int bits = EVP_PKEY_get_bits(key_.get());
    const auto field = static_cast<std::size_t>((bits + 7) / 8);
    text = R"({"kty":"EC","crv":"P-)" + std::to_string(bits) + R"(","x":")" +
           number(key_.get(), OSSL_PKEY_PARAM_EC_PUB_X, field) + R"(","y":")" +
           number(key_.get(), OSSL_PKEY_PARAM_EC_PUB_Y, field) + '"';
  } else {
    std::string raw(64, '\0');
    std::size_t size = raw.size();
    require(EVP_PKEY_get_raw_public_key(key_.get(), reinterpret_cast<unsigned char*>(raw.data()), &size) == 1);
    const bool is_448 = EVP_PKEY_get_base_id(key_.get()) == EVP_PKEY_ED448;
    text = std::string(R"({"kty":"OKP","crv":")") + (is_448 ? "Ed448" : "Ed25519") + R"(","x":")" +
           encode_base64url({raw.data(), size}) + '"';
  }
  return text + std::string(more) + "}";
}

Key TokenMaker::key() const { return key_ == nullptr ? Key::from_secret(secret_) : Key::from_pem(public_pem()); }

std::string compact(std::string_view header, std::string_view claims, std::string_view signature) {
  return encode_base64url(header) + "." + encode_base64url(claims) + "." + encode_base64url(signature);
}

}  // namespace signaling::auth_jwt
