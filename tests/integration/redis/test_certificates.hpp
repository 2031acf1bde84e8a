#pragma once
// A certification authority for one test, a server certificate for 127.0.0.1 and localhost, a client certificate.

#include <string>

#include "support/redis_servers.hpp"

namespace signaling::redis_adapter {

/// Made with the openssl program; throws where it fails.
class TestCertificates {
 public:
  TestCertificates();
  std::string ca() const { return file("ca.crt"); }
  std::string other_ca() const { return file("other.crt"); }
  std::string server_cert() const { return file("server.crt"); }
  std::string server_key() const { return file("server.key"); }
  std::string client_cert() const { return file("client.crt"); }
  std::string client_key() const { return file("client.key"); }

 private:
  std::string file(const std::string& name) const { return (folder_.path() / name).string(); }
  void issue(const std::string& name, const std::string& alternative_names);
  void make_authority(const std::string& name);

  test::TemporaryFolder folder_;
};

}  // namespace signaling::redis_adapter
