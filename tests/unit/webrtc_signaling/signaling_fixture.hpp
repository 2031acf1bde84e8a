#pragma once
// The application on the nodes of a fake cluster, and words for what clients do and get.

#include <memory>
#include <string>
#include <string_view>
#include <vector>
#include <webrtc_signaling/application.hpp>
#include <webrtc_signaling/schema.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signaling/test_kit/fake_cluster.hpp>
#include <signaling/test_kit/fake_config.hpp>

namespace signaling::webrtc_signaling {

using testing::FakeCluster;
using testing::FakeConfig;
using testing::FakeProblems;
using testing::FakeSocket;
using testing::Received;
using Texts = std::vector<std::string>;

inline constexpr std::string_view ok = R"([{"ok":true}])";

/// Code of a refusal, `ok` for a request that was carried out, empty where no acknowledgement came.
inline std::string outcome(std::string_view ack) {
  constexpr std::string_view opening = R"([{"ok":false,"error":{"code":")";
  if (ack.starts_with(opening)) {
    ack.remove_prefix(opening.size());
    return std::string(ack.substr(0, ack.find('"')));
  }
  return ack.starts_with(R"([{"ok":true)") ? "ok" : std::string(ack);
}

/// The nodes, and what their clients do.
class SignalingNodes {
 public:
  explicit SignalingNodes(std::size_t nodes) : cluster_(nodes) {}
  SignalingNodes(const SignalingNodes&) = delete;
  SignalingNodes& operator=(const SignalingNodes&) = delete;
  ~SignalingNodes() {
    cluster_.presence().fate = [] { return std::nullopt; };
    cluster_.stop();
    for (std::size_t i = 0; i < cluster_.size(); ++i) cluster_.node(i).host().advance(60'000);  // departures tried again
    cluster_.run();
  }

  /// Before the first connection; without it the defaults are in force.
  void start(std::string_view toml = {}) {
    const FakeConfig config(schema, toml);
    for (std::size_t i = 0; i < cluster_.size(); ++i) {
      FakeProblems problems;
      apps_.push_back(std::make_unique<SignalingApplication>(cluster_.node(i).host()));
      apps_.back()->validate(config, problems);
      apps_.back()->start(config, problems);
      EXPECT_THAT(problems.list, ::testing::IsEmpty());
      cluster_.node(i).run(*apps_.back());
    }
  }
  FakeSocket& connect(std::size_t node = 0) {
    if (apps_.empty()) start();
    return cluster_.node(node).connect();
  }
  /// A client that is in the room; what it got for that is taken.
  FakeSocket& connect_to(std::string_view room, std::size_t node = 0, std::string_view metadata = "null") {
    FakeSocket& socket = connect(node);
    EXPECT_EQ(outcome(join(socket, room, metadata)), "ok");
    socket.take_events();
    return socket;
  }
  static std::string join(FakeSocket& socket, std::string_view room, std::string_view metadata = "null") {
    return socket.request("join", join_args(room, metadata));
  }
  static std::string join_args(std::string_view room, std::string_view metadata = "null") {
    return R"({"room":")" + std::string(room) + R"(","metadata":)" + std::string(metadata) + '}';
  }
  static std::string leave(FakeSocket& socket, std::string_view room) {
    return socket.request("leave", R"({"room":")" + std::string(room) + "\"}");
  }
  SignalingApplication& app(std::size_t node = 0) { return *apps_.at(node); }

  static std::string peer(const FakeSocket& socket, std::string_view metadata = "null") {
    return R"({"id":")" + std::string(socket.id()) + R"(","metadata":)" + std::string(metadata) + '}';
  }
  static std::string joined(std::string_view room, const FakeSocket& socket, std::string_view metadata = "null") {
    return R"(["peer-joined",{"room":")" + std::string(room) + R"(","peer":)" + peer(socket, metadata) + "}]";
  }
  static std::string updated(std::string_view room, const FakeSocket& socket, std::string_view metadata = "null") {
    return R"(["peer-updated",{"room":")" + std::string(room) + R"(","peer":)" + peer(socket, metadata) + "}]";
  }
  static std::string left(std::string_view room, const FakeSocket& socket, std::string_view reason) {
    return R"(["peer-left",{"room":")" + std::string(room) + R"(","id":")" + std::string(socket.id()) + R"(","reason":")" +
           std::string(reason) + "\"}]";
  }
  /// Acknowledgement of a join.
  static std::string welcome(std::string_view room, const FakeSocket& socket, const std::string& peers = {},
                             const std::string& ice_servers = {}) {
    return R"([{"ok":true,"room":")" + std::string(room) + R"(","id":")" + std::string(socket.id()) + R"(","peers":[)" + peers +
           R"(],"iceServers":[)" + ice_servers + "]}]";
  }

  FakeCluster cluster_;
  std::vector<std::unique_ptr<SignalingApplication>> apps_;
};

class SignalingFixture : public ::testing::Test, public SignalingNodes {
 protected:
  explicit SignalingFixture(std::size_t nodes = 1) : SignalingNodes(nodes) {}
};

class ClusterFixture : public SignalingFixture {
 protected:
  ClusterFixture() : SignalingFixture(3) {}
};

}  // namespace signaling::webrtc_signaling
