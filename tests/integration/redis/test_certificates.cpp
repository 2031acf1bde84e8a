#include "test_certificates.hpp"

#include <cstdlib>
#include <stdexcept>

namespace signaling::redis_adapter {
namespace {

void run(const std::string& command) {
  if (std::system((command + " >/dev/null 2>&1").c_str()) != 0) throw std::runtime_error("failed: " + command);
}

constexpr std::string_view key_kind = " -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";

}  // namespace

TestCertificates::TestCertificates() {
  make_authority("ca");
  make_authority("other");
  issue("server", "IP:127.0.0.1,DNS:localhost");
  issue("client", "DNS:client");
}

void TestCertificates::make_authority(const std::string& name) {
  run("openssl req -x509 -days 2 -subj /CN=" + name + std::string(key_kind) + " -keyout " + file(name + ".key") + " -out " +
      file(name + ".crt"));
}

void TestCertificates::issue(const std::string& name, const std::string& alternative_names) {
  run("openssl req -new -subj /CN=" + name + std::string(key_kind) + " -addext subjectAltName=" + alternative_names +
      " -keyout " + file(name + ".key") + " -out " + file(name + ".csr"));
  run("openssl x509 -req -days 2 -copy_extensions copy -CA " + file("ca.crt") + " -CAkey " + file("ca.key") +
      " -CAcreateserial -in " + file(name + ".csr") + " -out " + file(name + ".crt"));
}

}  // namespace signaling::redis_adapter
