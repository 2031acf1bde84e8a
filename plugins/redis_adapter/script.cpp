#include "script.hpp"

#include <array>
#include <stdexcept>

#include <openssl/evp.h>

namespace signaling::redis_adapter {

Script::Script(std::string_view source) : source_(source) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (EVP_Digest(source_.data(), source_.size(), digest.data(), &size, EVP_sha1(), nullptr) != 1)
    throw std::runtime_error("SHA-1 is not available: OpenSSL refuses it");
  constexpr std::string_view digits = "0123456789abcdef";
  sha1_.reserve(2 * std::size_t{size});
  for (unsigned int i = 0; i < size; ++i) {
    sha1_ += digits[digest[i] >> 4u];
    sha1_ += digits[digest[i] & 15u];
  }
}

}  // namespace signaling::redis_adapter
