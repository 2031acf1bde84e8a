// TLS connections: the same service behind OpenSSL.

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <signaling/net/tls_context.hpp>

#include "support/raw_client.hpp"
#include "test_service.hpp"

namespace signaling::net::test {
namespace {

using base::Milliseconds;
using signaling::test::client_frame;
using signaling::test::eventually;
using signaling::test::Frame;
using signaling::test::RawClient;

/// A self-signed certificate and its key, as PEM files in a directory of their own.
class Certificate {
 public:
  explicit Certificate(const char* name = "localhost") {
    char pattern[] = "/tmp/signaling-tls-XXXXXX";
    directory_ = ::mkdtemp(pattern);
    EVP_PKEY* key = EVP_EC_gen("P-256");
    X509* certificate = X509_new();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    X509_NAME* subject = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
    X509_set_issuer_name(certificate, subject);
    X509_sign(certificate, key, EVP_sha256());
    write(certificate_file(), [&](BIO* bio) { PEM_write_bio_X509(bio, certificate); });
    write(key_file(), [&](BIO* bio) { PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr); });
    X509_free(certificate);
    EVP_PKEY_free(key);
  }
  ~Certificate() { std::filesystem::remove_all(directory_); }

  std::string certificate_file() const { return (directory_ / "certificate.pem").string(); }
  std::string key_file() const { return (directory_ / "key.pem").string(); }
  std::shared_ptr<const TlsContext> context() const {
    return std::make_shared<TlsContext>(TlsOptions{certificate_file(), key_file()});
  }

 private:
  template <class F>
  static void write(const std::string& file, F&& put) {
    BIO* bio = BIO_new_file(file.c_str(), "w");
    put(bio);
    BIO_free(bio);
  }
  std::filesystem::path directory_;
};

ServerOptions tls_options(const Certificate& certificate) {
  ServerOptions options = quick_options();
  options.endpoints[0].tls = certificate.context();
  options.tls_handshake_timeout = Milliseconds(200);
  return options;
}

TEST(Tls, ServesRequestsAndNamesItsProtocol) {
  const Certificate certificate;
  TestServer server(tls_options(certificate));
  RawClient client(server.port(), true);
  EXPECT_EQ(client.alpn(), "http/1.1");
  EXPECT_EQ(client.get("/address").body, "127.0.0.1 secure");
  EXPECT_EQ(client.get("/big?3000000").body.size(), 3'000'000u);
  EXPECT_EQ(server.server.counters(0).tls_handshakes.value(), 1u);
}

TEST(Tls, EchoesWebSocketMessages) {
  const Certificate certificate;
  TestServer server(tls_options(certificate));
  RawClient client(server.port(), true);
  EXPECT_EQ(client.open_websocket("/ws", {}, client_frame(0x81, "early")).status, 101u);
  EXPECT_EQ(client.read_frame().payload, "early");
  for (const std::size_t size : {0u, 100u, 16'384u, 70'000u, 900'000u}) {
    client.send_text(std::string(size, 'a'));
    ASSERT_EQ(client.read_frame().payload.size(), size);
  }
  for (int i = 0; i < 200; ++i) client.send_text("message " + std::to_string(i));
  for (int i = 0; i < 200; ++i) ASSERT_EQ(client.read_frame().payload, "message " + std::to_string(i));
  client.send(client_frame(0x88, ""));
  EXPECT_EQ(client.read_frame().opcode(), 8);
}

TEST(Tls, WritesInPartsToASlowReader) {
  const Certificate certificate;
  TestServer server(tls_options(certificate));
  RawClient client(server.port(), true);
  client.set_receive_buffer(65536);
  client.open_websocket("/ws-burst?7000");
  ASSERT_TRUE(server.gets_stuck());
  for (int i = 0; i < 7000; ++i) ASSERT_EQ(client.read_frame().payload.size(), 1024u);
  EXPECT_TRUE(eventually([&] { return server.events.drained >= 1; }));
}

TEST(Tls, MovesBetweenLoops) {
  struct Router final : ConnectionRouter {
    std::uint32_t loop_for(const engine::HttpRequest& request, std::uint32_t) const override {
      return request.query == "1" ? 1 : 0;
    }
  };
  const Certificate certificate;
  const Router router;
  ServerOptions options = tls_options(certificate);
  options.workers = 2;
  TestServer server(options, &router);
  RawClient client(server.port(), true);
  for (int i = 0; i < 10; ++i) ASSERT_EQ(client.get("/loop?" + std::to_string(i % 2)).body, std::to_string(i % 2));
}

TEST(Tls, EndsAHandshakeThatTakesTooLong) {
  const Certificate certificate;
  TestServer server(tls_options(certificate));
  RawClient silent(server.port());
  EXPECT_TRUE(silent.ends_within(Milliseconds(2000)));
  EXPECT_EQ(server.limit(Limit::tls_handshake_time), 1u);
}

TEST(Tls, RefusesPlainHttp) {
  const Certificate certificate;
  TestServer server(tls_options(certificate));
  RawClient plain(server.port());
  plain.send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(plain.ends_within(Milliseconds(2000)));
  EXPECT_EQ(server.bad(BadRequest::tls), 1u);
  EXPECT_EQ(RawClient(server.port(), true).get("/hello").status, 200u);
}

TEST(Tls, TakesANewCertificateForNewConnections) {
  const Certificate first;
  const Certificate second;
  TestServer server(tls_options(first));
  RawClient before(server.port(), true);
  EXPECT_EQ(before.get("/hello").status, 200u);
  server.server.set_tls(0, second.context());
  EXPECT_EQ(RawClient(server.port(), true).get("/hello").status, 200u);
  EXPECT_EQ(before.get("/hello").status, 200u);
}

TEST(Tls, NamesTheFileThatCannotBeUsed) {
  const Certificate certificate;
  const Certificate other;
  try {
    TlsContext(TlsOptions{"/nonexistent.pem", certificate.key_file()});
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("/nonexistent.pem"), std::string::npos) << error.what();
  }
  EXPECT_THROW(TlsContext(TlsOptions{certificate.certificate_file(), other.key_file()}), std::runtime_error);
}

}  // namespace
}  // namespace signaling::net::test
