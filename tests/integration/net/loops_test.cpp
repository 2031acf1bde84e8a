// Several loops: connections that move to the loop of their session, orderly shutdown, posting.

#include <atomic>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

#include "support/raw_client.hpp"
#include "test_service.hpp"

namespace signaling::net::test {
namespace {

using base::Milliseconds;
using signaling::test::client_frame;
using signaling::test::eventually;
using signaling::test::HttpAnswer;
using signaling::test::RawClient;

/// `?loop=N` asks for a loop, as a session id would.
class QueryRouter final : public ConnectionRouter {
 public:
  std::uint32_t loop_for(const engine::HttpRequest& request, std::uint32_t current) const override {
    std::string value;
    return request.query_value("loop", value) && !value.empty() ? static_cast<std::uint32_t>(value[0] - '0') : current;
  }
};

ServerOptions two_loops() {
  ServerOptions options = quick_options();
  options.workers = 2;
  return options;
}

TEST(Loops, ServeARequestOnTheLoopThatOwnsIt) {
  const QueryRouter router;
  TestServer server(two_loops(), &router);
  RawClient client(server.port());
  for (int i = 0; i < 20; ++i) {
    const std::string loop = std::to_string(i % 2);
    ASSERT_EQ(client.get("/loop?loop=" + loop).body, loop);
  }
  const std::uint64_t moved = server.server.counters(0).moved.value() + server.server.counters(1).moved.value();
  EXPECT_GE(moved, 19u);
  EXPECT_EQ(server.server.connection_count(), 1u);
}

TEST(Loops, MoveAConnectionWithWhatFollowsTheRequest) {
  const QueryRouter router;
  TestServer server(two_loops(), &router);
  RawClient client(server.port());
  std::string requests;
  for (int i = 0; i < 100; ++i)
    requests += "POST /echo?loop=" + std::to_string(i % 2) + " HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n" +
                std::to_string(100 + i);
  client.send(requests);
  for (int i = 0; i < 100; ++i) ASSERT_EQ(client.read_answer().body, std::to_string(100 + i));
}

TEST(Loops, MoveAWebSocketHandshakeWithItsFirstFrames) {
  const QueryRouter router;
  TestServer server(two_loops(), &router);
  for (int i = 0; i < 10; ++i) {
    RawClient client(server.port());
    ASSERT_EQ(client.open_websocket("/ws?loop=" + std::to_string(i % 2), {}, client_frame(0x81, "early")).status, 101u);
    EXPECT_EQ(client.read_frame().payload, "early");
    client.send_text("later");
    EXPECT_EQ(client.read_frame().payload, "later");
  }
}

TEST(Loops, IgnoreAnOwnerThatDoesNotExist) {
  const QueryRouter router;
  TestServer server(two_loops(), &router);
  RawClient client(server.port());
  EXPECT_EQ(client.get("/hello?loop=9").status, 200u);
}

TEST(Loops, MoveConnectionsUnderLoad) {
  const QueryRouter router;
  TestServer server(two_loops(), &router);
  std::vector<std::thread> threads;
  std::atomic<int> served{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int round = 0; round < 10; ++round) {
        RawClient client(server.port());
        for (int i = 0; i < 20; ++i) {
          const std::string loop = std::to_string((i + t) % 2);
          if (client.get((i % 5 == 4 ? "/later?loop=" : "/loop?loop=") + loop).body == (i % 5 == 4 ? "later" : loop)) ++served;
        }
        if (round % 3 == 0) {
          client.send("GET /hold?loop=" + std::to_string(round % 2) + " HTTP/1.1\r\nHost: x\r\n\r\n");
          client.reset();  // while it moves, perhaps
        } else if (round % 3 == 1 && client.open_websocket("/ws?loop=1").status == 101) {
          client.send_text("x");
          if (client.read_frame().payload != "x") served = -1000;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(served, 4 * 10 * 20);
  EXPECT_TRUE(eventually([&] { return server.server.connection_count() == 0; }));
  std::uint64_t accepted = 0;
  std::uint64_t closed = 0;
  for (std::uint32_t i = 0; i < 2; ++i) {
    accepted += server.server.counters(i).accepted.value();
    closed += server.server.counters(i).closed.value();
  }
  EXPECT_EQ(accepted, 40u);
  EXPECT_EQ(closed, 40u);
}

TEST(Loops, StopWhileConnectionsMove) {
  const QueryRouter router;
  for (int round = 0; round < 5; ++round) {
    TestServer server(two_loops(), &router);
    std::atomic<bool> done{false};
    std::vector<std::thread> threads;
    for (int t = 0; t < 3; ++t) {
      threads.emplace_back([&, t] {
        try {
          RawClient client(server.port());
          for (int i = 0; !done; ++i) client.get("/loop?loop=" + std::to_string((i + t) % 2));
        } catch (const signaling::test::ClientError&) {
          // The server went away: that is the point.
        }
      });
    }
    EXPECT_TRUE(signaling::test::eventually(
        [&] { return server.server.counters(0).moved.value() + server.server.counters(1).moved.value() >= 20; }));
    server.server.stop();
    done = true;
    for (std::thread& thread : threads) thread.join();
  }
}

TEST(Shutdown, ClosesIdleConnectionsAndLetsOthersFinish) {
  TestServer server(two_loops());
  RawClient idle(server.port());
  EXPECT_EQ(idle.get("/hello").status, 200u);
  RawClient busy(server.port());
  busy.send("GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_TRUE(
      eventually([&] { return server.server.counters(0).requests.value() + server.server.counters(1).requests.value() == 2; }));
  std::thread client([&] {
    const HttpAnswer answer = busy.read_answer();
    EXPECT_EQ(answer.body, "later");
    EXPECT_EQ(answer.header("Connection"), "close");
    EXPECT_TRUE(busy.ends_within(Milliseconds(1000)));
    busy.close();
    EXPECT_TRUE(idle.ends_within(Milliseconds(1000)));
  });
  EXPECT_TRUE(server.server.shutdown(Milliseconds(5000)));
  client.join();
  EXPECT_THROW(RawClient(server.port()), signaling::test::ClientError);
}

TEST(Shutdown, CutsWhatIsLeftAtTheDeadline) {
  TestServer server(two_loops());
  RawClient socket(server.port());
  socket.open_websocket("/ws");
  const auto start = base::Clock::now();
  EXPECT_FALSE(server.server.shutdown(Milliseconds(100)));
  EXPECT_LT(base::Clock::now() - start, Milliseconds(3000));
  EXPECT_EQ(server.events.closed, 1);
  EXPECT_TRUE(socket.ends_within(Milliseconds(1000)));
}

TEST(Shutdown, StopsAcceptingAlone) {
  ServerOptions options = two_loops();
  options.http.keep_alive_timeout = std::chrono::seconds(60);  // the first client waits for as long as the others take
  TestServer server(options);
  RawClient client(server.port());
  EXPECT_EQ(client.get("/hello").status, 200u);
  server.server.stop_accepting();
  EXPECT_TRUE(eventually([&] {
    try {
      RawClient late(server.port());
      return late.ends_within(Milliseconds(100));
    } catch (const signaling::test::ClientError&) {
      return true;
    }
  }));
  EXPECT_EQ(client.get("/hello").status, 200u);
}

TEST(Listening, NamesAddressAndPortWhereItCannot) {
  TestServer first(two_loops());
  ServerOptions options = two_loops();
  options.endpoints[0].port = first.port();  // its sockets are shared ones, but not with another server
  try {
    TestServer second(options);
    FAIL() << "the port is taken";
  } catch (const std::system_error& error) {
    EXPECT_NE(std::string(error.what()).find("127.0.0.1 port " + std::to_string(first.port())), std::string::npos)
        << error.what();
  }
}

TEST(Listening, PausesWhenNoDescriptorIsLeft) {
  TestServer server(quick_options());
  EXPECT_EQ(RawClient(server.port()).get("/hello").status, 200u);
  ASSERT_TRUE(eventually([&] { return server.server.connection_count() == 0; }));
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  rlimit few = before;
  few.rlim_cur = 128;
  ::setrlimit(RLIMIT_NOFILE, &few);
  std::vector<int> taken;
  for (int fd = ::dup(0); fd >= 0; fd = ::dup(0)) taken.push_back(fd);
  ::close(taken.back());  // one, for the client
  taken.pop_back();
  {
    RawClient refused(server.port());
    EXPECT_TRUE(refused.ends_within(Milliseconds(2000))) << "told at once, not left hanging";
    EXPECT_TRUE(eventually([&] { return server.limit(Limit::open_files) >= 1; }));
  }
  for (const int fd : taken) ::close(fd);
  ::setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_EQ(RawClient(server.port()).get("/hello").status, 200u);
}

TEST(LoopPost, KeepsTheOrderOfASenderAcrossThreads) {
  Loop a(0);
  Loop b(1);
  std::thread thread_a([&] { a.run(); });
  std::thread thread_b([&] { b.run(); });
  static constexpr int messages = 20'000;
  std::vector<int> got_b;
  std::vector<int> got_main;
  std::atomic<int> done{0};
  a.post([&] {
    for (int i = 0; i < messages; ++i) {
      b.post([&got_b, &done, i] {
        got_b.push_back(i);
        if (i == messages - 1) ++done;
      });
    }
  });
  for (int i = 0; i < messages; ++i) {
    b.post([&got_main, &done, i] {
      got_main.push_back(i);
      if (i == messages - 1) ++done;
    });
  }
  EXPECT_TRUE(eventually([&] { return done == 2; }));
  a.stop();
  b.stop();
  thread_a.join();
  thread_b.join();
  ASSERT_EQ(got_b.size(), std::size_t{messages});
  ASSERT_EQ(got_main.size(), std::size_t{messages});
  for (int i = 0; i < messages; ++i) {
    ASSERT_EQ(got_b[static_cast<std::size_t>(i)], i);
    ASSERT_EQ(got_main[static_cast<std::size_t>(i)], i);
  }
}

TEST(LoopPost, WakesALoopThatIsAboutToSleep) {
  // Each message is answered before the next is sent, so both loops go to sleep for every one, and one that missed its mail
  // would sleep for an hour.
  Loop a(0);
  Loop b(1);
  std::thread thread_a([&] { a.run(); });
  std::thread thread_b([&] { b.run(); });
  static constexpr int rounds = 20'000;
  std::atomic<int> answered{0};
  struct Ball {
    Loop& a;
    Loop& b;
    std::atomic<int>& answered;
    void serve() {
      a.post([this] {
        b.post([this] {
          if (++answered < rounds) serve();
        });
      });
    }
  } ball{a, b, answered};
  ball.serve();
  EXPECT_TRUE(eventually([&] { return answered == rounds; }));
  // The same from a thread that is no loop's.
  std::atomic<int> ran{0};
  for (int i = 1; i <= rounds / 4 && !HasFailure(); ++i) {
    a.post([&ran] { ran.fetch_add(1, std::memory_order_release); });
    const auto end = base::Clock::now() + RawClient::time_limit;
    while (ran.load(std::memory_order_acquire) != i && base::Clock::now() < end) std::this_thread::yield();
    EXPECT_EQ(ran.load(), i);
  }
  a.stop();
  b.stop();
  thread_a.join();
  thread_b.join();
}

TEST(LoopTurn, RunsDeferredBeforeTimersAndPostedInTheNextTurn) {
  Loop loop(0);
  std::vector<std::string> order;
  base::TimerOf timer([&](base::TimePoint) { order.push_back("timer"); });
  loop.post([&] {
    order.push_back("posted");
    loop.defer([&] {
      order.push_back("deferred");
      loop.defer([&] { order.push_back("deferred by a deferred one"); });
    });
    loop.post([&] { order.push_back("next turn"); });
    loop.timers().arm(timer, loop.now());
  });
  loop.run_once(Milliseconds(1000));
  EXPECT_EQ(order, (std::vector<std::string>{"posted", "deferred", "deferred by a deferred one", "timer"}));
  loop.run_once(Milliseconds(1000));
  EXPECT_EQ(order.back(), "next turn");
}

TEST(LoopTurn, WakesForATimer) {
  Loop loop(0);
  bool fired = false;
  base::TimerOf timer([&](base::TimePoint) { fired = true; });
  loop.timers().arm(timer, base::Clock::now() + Milliseconds(20));
  const auto start = base::Clock::now();
  while (!fired && base::Clock::now() - start < Milliseconds(5000)) loop.run_once(Milliseconds(5000));
  EXPECT_TRUE(fired);
  EXPECT_GE(base::Clock::now() - start, Milliseconds(20));
  EXPECT_LT(base::Clock::now() - start, Milliseconds(2000));
}

TEST(LoopTurn, SwallowsAndCountsExceptions) {
  Loop loop(0);
  bool ran = false;
  loop.post([] { throw std::runtime_error("thrown by a task"); });
  loop.post([&] { ran = true; });
  loop.run_once(Milliseconds(0));
  EXPECT_TRUE(ran);
  EXPECT_EQ(loop.exceptions(), 1u);
}

}  // namespace
}  // namespace signaling::net::test
