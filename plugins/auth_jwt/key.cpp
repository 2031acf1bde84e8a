#include "key.hpp"

#include <stdexcept>

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/hmac.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

namespace signaling::auth_jwt {

namespace {

template <auto release>
struct Deleter {
  template <class T>
  void operator()(T* object) const noexcept {
    release(object);
  }
};
using Bio = std::unique_ptr<BIO, Deleter<&BIO_free>>;
using Number = std::unique_ptr<BIGNUM, Deleter<&BN_free>>;
using Context = std::unique_ptr<EVP_PKEY_CTX, Deleter<&EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Deleter<&EVP_MD_CTX_free>>;
using ParamBuilder = std::unique_ptr<OSSL_PARAM_BLD, Deleter<&OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, Deleter<&OSSL_PARAM_free>>;
using Certificate = std::unique_ptr<X509, Deleter<&X509_free>>;
using Signature = std::unique_ptr<ECDSA_SIG, Deleter<&ECDSA_SIG_free>>;

/// What OpenSSL leaves in its queue would be taken for an error of TLS later on this thread.
struct ErrorQueue {
  ErrorQueue() = default;
  ErrorQueue(const ErrorQueue&) = delete;
  ErrorQueue& operator=(const ErrorQueue&) = delete;
  ~ErrorQueue() { ERR_clear_error(); }
};

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

const EVP_MD* hash_of(Algorithm algorithm) {
  switch (hash_bytes(algorithm)) {
    case 32: return EVP_sha256();
    case 48: return EVP_sha384();
    case 64: return EVP_sha512();
    default: return nullptr;
  }
}

bool is_pss(Algorithm algorithm) {
  return algorithm == Algorithm::ps256 || algorithm == Algorithm::ps384 || algorithm == Algorithm::ps512;
}

/// RFC 7518 §3.4: R and S one after the other, each as long as the field; OpenSSL wants DER. Empty where the length is wrong.
std::string to_der(std::string_view raw, std::size_t field_bytes) {
  if (raw.size() != 2 * field_bytes) return {};
  const Signature signature(ECDSA_SIG_new());
  Number r(BN_bin2bn(bytes_of(raw), static_cast<int>(field_bytes), nullptr));
  Number s(BN_bin2bn(bytes_of(raw) + field_bytes, static_cast<int>(field_bytes), nullptr));
  if (!signature || !r || !s || ECDSA_SIG_set0(signature.get(), r.get(), s.get()) != 1) return {};
  static_cast<void>(r.release());
  static_cast<void>(s.release());
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(signature.get(), &der);
  if (size <= 0) return {};
  std::string text(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return text;
}

std::shared_ptr<EVP_PKEY> own(EVP_PKEY* key) { return {key, &EVP_PKEY_free}; }

/// @param type  `RSA` or `EC`
std::shared_ptr<EVP_PKEY> from_params(const char* type, OSSL_PARAM_BLD* builder) {
  const Params params(OSSL_PARAM_BLD_to_param(builder));
  const Context context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) != 1)
    throw std::runtime_error(std::string("not a valid ") + type + " public key");
  return own(key);
}

std::string curve_of(const EVP_PKEY* key) {
  char name[64] = {};
  std::size_t size = 0;
  if (EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, name, sizeof name, &size) != 1) return {};
  return {name, size};
}

}  // namespace

Key Key::from_secret(std::string_view bytes) {
  if (bytes.find("-----BEGIN") != std::string_view::npos)
    throw std::runtime_error("a PEM text is no secret: a public key is known to everybody; give it as a public key");
  if (bytes.size() < 32) throw std::runtime_error("a secret must have 32 bytes or more, as many as the hash of HS256");
  Key key(KeyKind::secret, nullptr);
  key.secret_ = bytes;
  return key;
}

Key Key::from_pem(std::string_view text) {
  const ErrorQueue errors;
  if (text.find("PRIVATE KEY-----") != std::string_view::npos)
    throw std::runtime_error(
        "holds a private key, which does not belong on this server: give the public key or the certificate");
  const Bio bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  if (!bio) throw std::runtime_error("no memory");
  if (text.find("-----BEGIN CERTIFICATE-----") != std::string_view::npos) {
    const Certificate certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    if (!certificate) throw std::runtime_error("holds no certificate that can be read");
    EVP_PKEY* key = X509_get_pubkey(certificate.get());
    if (key == nullptr) throw std::runtime_error("holds a certificate without a key that can be read");
    return from_public(own(key));
  }
  EVP_PKEY* key = PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr);
  if (key == nullptr) throw std::runtime_error("holds no public key or certificate in PEM that can be read");
  return from_public(own(key));
}

Key Key::from_public(PublicKey public_key) {
  const EVP_PKEY* const key = public_key.get();
  switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA: {
      const int bits = EVP_PKEY_get_bits(key);
      if (bits < min_rsa_bits || bits > max_rsa_bits)
        throw std::runtime_error("an RSA key of " + std::to_string(bits) + " bits, allowed: " + std::to_string(min_rsa_bits) +
                                 " to " + std::to_string(max_rsa_bits));
      return {KeyKind::rsa, std::move(public_key)};
    }
    case EVP_PKEY_EC: {
      const std::string curve = curve_of(key);
      if (curve == SN_X9_62_prime256v1) return {KeyKind::ec_p256, std::move(public_key)};
      if (curve == SN_secp384r1) return {KeyKind::ec_p384, std::move(public_key)};
      throw std::runtime_error("an EC key of curve " + curve + ", allowed: P-256, P-384");
    }
    case EVP_PKEY_ED25519: return {KeyKind::ed25519, std::move(public_key)};
    case EVP_PKEY_ED448: return {KeyKind::ed448, std::move(public_key)};
    default: throw std::runtime_error("a key of another kind than RSA, EC P-256, EC P-384, Ed25519 and Ed448");
  }
}

Key Key::from_rsa(std::string_view n, std::string_view e) {
  const ErrorQueue errors;
  // Looked at before OpenSSL multiplies with it.
  if (n.empty() || e.empty() || n.size() > max_rsa_bits / 8 || e.size() > 8)
    throw std::runtime_error("not a valid RSA public key");
  const Number modulus(BN_bin2bn(bytes_of(n), static_cast<int>(n.size()), nullptr));
  const Number exponent(BN_bin2bn(bytes_of(e), static_cast<int>(e.size()), nullptr));
  const ParamBuilder builder(OSSL_PARAM_BLD_new());
  if (!modulus || !exponent || !builder) throw std::runtime_error("no memory");
  if (!BN_is_odd(exponent.get()) || BN_is_one(exponent.get()) || !BN_is_odd(modulus.get()))
    throw std::runtime_error("not a valid RSA public key");
  if (OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get()) != 1)
    throw std::runtime_error("no memory");
  return from_public(from_params("RSA", builder.get()));
}

Key Key::from_ec(KeyKind curve, std::string_view x, std::string_view y) {
  const ErrorQueue errors;
  const std::size_t field_bytes = curve == KeyKind::ec_p256 ? 32 : 48;
  if (x.size() != field_bytes || y.size() != field_bytes)
    throw std::runtime_error("coordinates of the wrong length for the curve");
  std::string point("\x04");
  point.append(x).append(y);
  const ParamBuilder builder(OSSL_PARAM_BLD_new());
  const char* const name = curve == KeyKind::ec_p256 ? SN_X9_62_prime256v1 : SN_secp384r1;
  if (!builder || OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, name, 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) != 1)
    throw std::runtime_error("no memory");
  PublicKey key = from_params("EC", builder.get());  // refuses a point that is not on the curve
  const Context context(EVP_PKEY_CTX_new(key.get(), nullptr));
  if (!context || EVP_PKEY_public_check(context.get()) != 1) throw std::runtime_error("a point that is not on the curve");
  return from_public(std::move(key));
}

Key Key::from_ed(KeyKind curve, std::string_view x) {
  const ErrorQueue errors;
  const int type = curve == KeyKind::ed25519 ? EVP_PKEY_ED25519 : EVP_PKEY_ED448;
  EVP_PKEY* key = EVP_PKEY_new_raw_public_key(type, nullptr, bytes_of(x), x.size());
  if (key == nullptr) throw std::runtime_error("not a valid " + std::string(to_string(curve)) + " public key");
  return from_public(own(key));
}

bool Key::is_long_enough(Algorithm algorithm) const noexcept {
  return kind_ != KeyKind::secret || secret_.size() >= hash_bytes(algorithm);
}

bool Key::verify(Algorithm algorithm, std::string_view signed_text, std::string_view signature) const {
  if (!fits(algorithm, kind_)) return false;
  const ErrorQueue errors;
  return kind_ == KeyKind::secret ? verify_hmac(algorithm, signed_text, signature)
                                  : verify_public(algorithm, signed_text, signature);
}

bool Key::verify_hmac(Algorithm algorithm, std::string_view signed_text, std::string_view signature) const {
  if (!is_long_enough(algorithm) || signature.size() != hash_bytes(algorithm)) return false;
  unsigned char expected[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (HMAC(hash_of(algorithm), secret_.data(), static_cast<int>(secret_.size()), bytes_of(signed_text), signed_text.size(),
           expected, &size) == nullptr)
    return false;
  return size == signature.size() && CRYPTO_memcmp(expected, signature.data(), size) == 0;
}

bool Key::verify_public(Algorithm algorithm, std::string_view signed_text, std::string_view signature) const {
  std::string der;
  if (kind_ == KeyKind::ec_p256 || kind_ == KeyKind::ec_p384) {
    der = to_der(signature, kind_ == KeyKind::ec_p256 ? 32 : 48);
    if (der.empty()) return false;
    signature = der;
  } else if (signature.size() != static_cast<std::size_t>(EVP_PKEY_get_size(public_key_.get()))) {
    return false;
  }
  const DigestContext context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* parameters = nullptr;  // the digest context's
  if (!context || EVP_DigestVerifyInit(context.get(), &parameters, hash_of(algorithm), nullptr, public_key_.get()) != 1)
    return false;
  // RFC 7518 §3.5: the salt as long as the hash, the mask's hash the same (which is OpenSSL's default).
  if (is_pss(algorithm) && (EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) != 1 ||
                            EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST) != 1))
    return false;
  return EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(signed_text), signed_text.size()) == 1;
}

}  // namespace signaling::auth_jwt
