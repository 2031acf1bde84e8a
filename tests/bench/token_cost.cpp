// What one token costs the loop that lets its client in: microseconds of processor time of one verification, by algorithm, the
// first time and when it is remembered.
//
//   build/release/tests/token_cost [REPETITIONS]

#include <auth_jwt/verifier.hpp>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <string>

#include "../unit/auth_jwt/token_maker.hpp"

using namespace signaling::auth_jwt;

namespace {

constexpr std::int64_t now_ms = 1'700'000'000'000;
constexpr std::string_view claims =
    R"({"iss":"https://id.example.org","sub":"0b7e6f0c-6f0e-4d0a-9a52-5f1e6f6f0e4d","jti":"8a4c1f","exp":1800000000,)"
    R"("iat":1699999000,"rooms":["atrium","team-*"],"can":["join","signal","message"]})";

double microseconds(Verifier& verifier, const std::string& token, int repetitions) {
  const std::clock_t begin = std::clock();  // processor time: whoever else runs does not count
  for (int i = 0; i < repetitions; ++i) {
    if (verifier.verify(token, now_ms).identity == nullptr) std::abort();
  }
  return static_cast<double>(std::clock() - begin) * 1e6 / CLOCKS_PER_SEC / repetitions;
}

}  // namespace

int main(int argc, char** argv) {
  const int repetitions = argc > 1 ? std::atoi(argv[1]) : 2'000;
  const TokenMaker secret = TokenMaker::secret(std::string(64, 's'));
  const TokenMaker rsa = TokenMaker::rsa(2048);
  const TokenMaker rsa4 = TokenMaker::rsa(4096);
  struct Row {
    const char* name;
    Algorithm algorithm;
    TokenMaker maker;
  };
  const Row rows[] = {{"HS256", Algorithm::hs256, secret},
                      {"RS256, 2048 bits", Algorithm::rs256, rsa},
                      {"RS256, 4096 bits", Algorithm::rs256, rsa4},
                      {"PS256, 2048 bits", Algorithm::ps256, rsa},
                      {"ES256", Algorithm::es256, TokenMaker::ec("P-256")},
                      {"ES384", Algorithm::es384, TokenMaker::ec("P-384")},
                      {"EdDSA, Ed25519", Algorithm::eddsa, TokenMaker::ed()}};
  std::printf("%-18s %12s %12s\n", "algorithm", "first, us", "again, us");
  for (const Row& row : rows) {
    TrustedKey trusted{row.maker.key(), {}, {}, {}};
    trusted.algorithms.add(row.algorithm);
    const auto keys = std::make_shared<const KeySet>(TrustedKeys{std::make_shared<const TrustedKey>(trusted)});
    const std::string token = row.maker.sign(row.algorithm, claims);
    Verifier forgetful(keys, {}, 0);
    Verifier remembering(keys, {}, 16);
    microseconds(remembering, token, 1);
    std::printf("%-18s %12.1f %12.1f\n", row.name, microseconds(forgetful, token, repetitions),
                microseconds(remembering, token, repetitions));
  }
  return 0;
}
