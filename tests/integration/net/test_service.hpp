#pragma once
// What the servers of these tests answer, by path.

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_set>

#include <signaling/net/http_service.hpp>
#include <signaling/net/server.hpp>

namespace signaling::net::test {

/// One per loop.
///   /hello          200 "hello"                     /echo     the body
///   /later          200 "later" after 20 ms         /hold     never; loss is counted
///   /big?BYTES      so many bytes                   /loop     number of the loop that serves it
///   /throw          an exception                    /close    200, ends the connection
///   /ws             WebSocket echo; "close CODE" closes, "abandon" ends, "throw" throws, "pause" reads no more until
///                   `Events::may_read`
///   /ws-later       the same, accepted 20 ms later
///   /ws-burst?N     sends N messages of 1 KB at once, then echoes
class TestService final : public HttpService {
 public:
  struct Events {
    std::atomic<int> lost{0};
    std::atomic<int> opened{0};
    std::atomic<int> closed{0};
    std::atomic<int> clean_closed{0};
    std::atomic<int> last_code{0};
    std::atomic<int> drained{0};
    std::atomic<int> messages{0};
    std::atomic<std::size_t> partial_bytes{0};  ///< as last told
    std::atomic<bool> may_read{false};
  };

  TestService(Loop& loop, Events& events);
  ~TestService();
  void handle(engine::HttpExchange& exchange) override;
  const ResponsePolicy* policy(const engine::HttpRequest&) const override { return &policy_; }
  ResponsePolicy& editable_policy() { return policy_; }

 private:
  class Echo;
  class Later;
  friend class Echo;
  void accept(engine::HttpExchange& exchange);

  Loop& loop_;
  Events& events_;
  ResponsePolicy policy_;
  std::unordered_set<Echo*> echoes_;
  std::unordered_set<Later*> laters_;
};

/// A server with a TestService on each loop.
class TestServer {
 public:
  explicit TestServer(ServerOptions options = {}, const ConnectionRouter* router = nullptr);
  ~TestServer();

  std::uint16_t port() const { return server.port(); }
  /// Sum over all loops.
  std::uint64_t limit(Limit kind) const;
  std::uint64_t bad(BadRequest kind) const;
  /// Waits until something is queued that the kernel does not take, as it cannot get rid of what it has.
  bool gets_stuck() const;
  bool has_nothing_queued() const;

  TestService::Events events;
  Server server;

 private:
  std::vector<std::unique_ptr<TestService>> services_;
};

/// Port 0 on 127.0.0.1, and time limits that a test can wait for.
ServerOptions quick_options();

}  // namespace signaling::net::test
