// What a turn writes, and what it leaves for the next: many WebSockets over socket pairs, turns run one by one. There is
// several times more to write than a turn has time for, so that what is expected holds on any machine.

#include <array>
#include <memory>
#include <string>
#include <sys/socket.h>
#include <vector>

#include <gtest/gtest.h>

#include <signaling/protocol/outbound_message.hpp>

#include "worker.hpp"

namespace signaling::net {
namespace {

constexpr std::size_t crowd = 300;
constexpr std::size_t large = 128 * 1024;

/// One masked text frame; the key is zero, so that the payload stands as it is.
std::string client_frame(std::string_view payload) {
  std::string frame("\x81", 1);
  if (payload.size() < 126) {
    frame += static_cast<char>(0x80 | payload.size());
  } else {
    frame += static_cast<char>(0x80 | 127);
    for (int shift = 56; shift >= 0; shift -= 8) frame += static_cast<char>(payload.size() >> shift);
  }
  return frame.append(4, '\0').append(payload);
}

/// Keeps its channel and echoes what comes.
class Member final : public engine::WebSocketHandler {
 public:
  void on_websocket_message(bool, std::string_view data) override {
    heard_bytes += data.size();
    if (data.size() < 126) channel->send(protocol::MessagePtr::text(data));
  }
  void on_websocket_closed(std::uint16_t, bool) override { channel = nullptr; }
  void on_websocket_drained() override { ++drained; }

  engine::WebSocketChannel* channel = nullptr;
  std::size_t heard_bytes = 0;
  int drained = 0;
};

class Members final : public HttpService {
 public:
  void handle(engine::HttpExchange& exchange) override {
    auto member = std::make_unique<Member>();
    member->channel = &exchange.accept_websocket(*member, {});
    all.push_back(std::move(member));
  }
  std::vector<std::unique_ptr<Member>> all;
};

class TurnOutput : public testing::Test {
 protected:
  TurnOutput() : state_(ServerOptions{}) {
    state_.tls_contexts.push_back(nullptr);
    loop_ = std::make_unique<Loop>(0);
    state_.workers.push_back(std::make_unique<Worker>(state_, *loop_));
    worker().set_service(0, members_);
    for (std::size_t i = 0; i < crowd; ++i) open();
    for (int i = 0; i < 3; ++i) turn();  // a loop that has time holds nothing back
  }
  ~TurnOutput() override {
    loop_->post([this] { worker().end_all(); });
    turn();
    loop_.reset();
  }

  Worker& worker() { return *state_.workers[0]; }
  Member& member(std::size_t i) { return *members_.all[i]; }
  void turn() { loop_->run_once(base::Duration::zero()); }
  std::uint64_t queued() { return worker().counters().queued_bytes.value(); }

  void open() {
    std::array<int, 2> pair{};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair.data()), 0);
    clients_.emplace_back(pair[1]);
    const int room = 2 * large;
    ::setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    ASSERT_EQ(state_.limiter.acquire(PeerAddress()), ConnectionLimiter::Verdict::accepted);
    worker().open(FileDescriptor(pair[0]), PeerAddress(), false, 0);
    const std::size_t before = members_.all.size();
    write(clients_.size() - 1,
          "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    for (int i = 0; i < 10 && (members_.all.size() == before || queued() > 0); ++i) turn();
    ASSERT_EQ(members_.all.size(), before + 1);
    ASSERT_NE(read(clients_.size() - 1).find("\r\n\r\n"), std::string::npos);
  }
  void write(std::size_t client, std::string_view bytes) {
    ASSERT_EQ(::send(clients_[client].get(), bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  }
  /// All that there is.
  std::string read(std::size_t client) {
    std::string bytes(4 * large, '\0');
    std::size_t size = 0;
    for (ssize_t got = 0; (got = ::recv(clients_[client].get(), bytes.data() + size, bytes.size() - size, 0)) > 0;)
      size += static_cast<std::size_t>(got);
    bytes.resize(size);
    return bytes;
  }
  /// @return bytes that are queued then
  std::uint64_t send_to_all(const protocol::MessagePtr& message) {
    for (const auto& member : members_.all) member->channel->send(message);
    return queued();
  }

  Members members_;
  ServerState state_;
  std::unique_ptr<Loop> loop_;
  std::vector<FileDescriptor> clients_;
};

TEST_F(TurnOutput, ForACrowdTakesSeveralTurnsInOrder) {
  const auto first = protocol::MessagePtr::text(std::string(large, 'a'));
  const auto second = protocol::MessagePtr::text("later");
  std::uint64_t left = send_to_all(first);
  turn();
  EXPECT_GT(queued(), 0u);  // the time was over
  EXPECT_LT(queued(), left);
  left = send_to_all(second);
  for (int turns = 0; left > 0 && turns < 10'000; ++turns) {
    turn();
    ASSERT_LT(queued(), left);  // each turn gets some done
    left = queued();
  }
  const std::string expected = std::string(first->frame()).append(second->frame());
  for (std::size_t i = 0; i < crowd; ++i) ASSERT_TRUE(read(i) == expected) << i;
}

TEST_F(TurnOutput, WhoAsksMeanwhileIsAnsweredAtOnce) {
  const std::size_t asker = crowd - 1;
  const auto message = protocol::MessagePtr::text(std::string(large, 'a'));
  for (std::size_t i = 0; i < asker; ++i) member(i).channel->send(message);
  turn();
  ASSERT_GT(queued(), 0u);
  write(asker, client_frame("question"));
  turn();
  EXPECT_EQ(read(asker), protocol::MessagePtr::text("question")->frame());
}

TEST_F(TurnOutput, WhoSendsMuchIsReadOnWhenItIsWritten) {
  const std::size_t sender = crowd - 1;
  send_to_all(protocol::MessagePtr::text(std::string(large, 'a')));
  turn();
  ASSERT_GT(queued(), 0u);
  const std::string frame = client_frame(std::string(100'000, 'b'));
  write(sender, frame);
  const std::uint64_t before = worker().counters().bytes_received.value();
  turn();
  EXPECT_LE(worker().counters().bytes_received.value() - before, 4096u);
  for (int turns = 0; member(sender).heard_bytes == 0 && turns < 10'000; ++turns) turn();
  EXPECT_EQ(member(sender).heard_bytes, 100'000u);
}

TEST_F(TurnOutput, WhatTheKernelDoesNotTakeIsToldOnceWhenItIsWritten) {
  const auto message = protocol::MessagePtr::text(std::string(large, 'a'));
  for (int i = 0; i < 20; ++i) member(0).channel->send(message);
  std::size_t got = 0;
  bool was_blocked = false;
  for (int turns = 0; got < 20 * message->frame().size() && turns < 10'000; ++turns) {
    turn();
    was_blocked = was_blocked || !member(0).channel->is_writable();
    EXPECT_EQ(member(0).drained, member(0).channel->is_writable() && was_blocked ? 1 : 0);
    got += read(0).size();
  }
  EXPECT_EQ(got, 20 * message->frame().size());
  turn();
  EXPECT_TRUE(was_blocked);
  EXPECT_EQ(member(0).drained, 1);
}

}  // namespace
}  // namespace signaling::net
