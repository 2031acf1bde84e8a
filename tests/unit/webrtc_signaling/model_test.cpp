// Random clients on three nodes, with presence, subscriptions and messages between nodes in random order. Every client keeps
// the picture of its rooms that it is told, and must never be told something that does not fit; in the end every picture
// must be what presence says.

#include <map>
#include <random>
#include <set>

#include <boost/json.hpp>

#include "signaling_fixture.hpp"

namespace signaling::webrtc_signaling {
namespace {

namespace bj = boost::json;
using Fate = testing::FakePresence::Fate;

/// What one client knows, from what it received alone.
class Picture {
 public:
  /// @param sent_so_far  number of the newest message or signal of anybody; they are numbered through
  Picture(FakeSocket& socket, const std::int64_t& sent_so_far) : socket_(&socket), sent_so_far_(&sent_so_far) {
    socket.on_receive = [this](const Received& what) { on_receive(what); };
  }

  FakeSocket& socket() { return *socket_; }
  bool is_in(const std::string& room) const { return rooms_.contains(room); }
  const std::map<std::string, std::string>& peers(const std::string& room) const { return rooms_.at(room); }

  void send(const std::string& event, const std::string& room, std::string rest = {}) {
    requests_[next_ack_++] = {event, room};
    socket_->send(event, R"({"room":")" + room + '"' + rest + '}');
  }

 private:
  struct Request {
    std::string event;
    std::string room;
  };
  static std::string text(const bj::value& value) { return std::string(value.as_string()); }

  void on_receive(const Received& what) {
    SCOPED_TRACE(std::string(socket_->id()) + " got " + what.text);
    const bj::value parsed = bj::parse(what.text);
    if (what.ack) {
      on_ack(requests_.at(*what.ack), parsed.at(0).as_object());
    } else {
      on_event(text(parsed.at(0)), parsed.at(1).as_object());
    }
  }

  void on_ack(const Request& request, const bj::object& answer) {
    if (!answer.at("ok").as_bool()) return;
    if (request.event == "leave") rooms_.erase(request.room);
    if (request.event != "join") return;
    std::map<std::string, std::string> peers;
    for (const auto& peer : answer.at("peers").as_array()) {
      EXPECT_TRUE(peers.emplace(text(peer.at("id")), bj::serialize(peer.at("metadata"))).second) << "listed twice";
    }
    EXPECT_FALSE(peers.contains(std::string(socket_->id()))) << "lists itself";
    // A repeated join repeats the list; what follows goes on from before it.
    if (rooms_.emplace(request.room, std::move(peers)).second) sent_before_entry_[request.room] = *sent_so_far_;
  }

  void on_event(const std::string& event, const bj::object& body) {
    const std::string room = text(body.at("room"));
    ASSERT_TRUE(is_in(room)) << "not in that room";
    auto& peers = rooms_.at(room);
    if (event == "peer-joined") {
      const auto& peer = body.at("peer").as_object();
      EXPECT_TRUE(peers.emplace(text(peer.at("id")), bj::serialize(peer.at("metadata"))).second) << "announced twice";
    } else if (event == "peer-updated") {
      const auto& peer = body.at("peer").as_object();
      const auto known = peers.find(text(peer.at("id")));
      ASSERT_NE(known, peers.end()) << "unknown peer";
      known->second = bj::serialize(peer.at("metadata"));
    } else if (event == "peer-left") {
      EXPECT_EQ(peers.erase(text(body.at("id"))), 1U) << "unknown peer";
    } else {
      const std::string from = text(body.at("from"));
      const std::int64_t number = body.at("data").as_int64();
      // What was sent while this one was on its way in may come of somebody who left before it got there.
      EXPECT_TRUE(peers.contains(from) || number <= sent_before_entry_[room]) << "unknown sender";
      std::int64_t& last = last_from_[{from, room}];
      EXPECT_GT(number, last) << "out of order";
      last = number;
    }
  }

  FakeSocket* socket_;
  std::uint64_t next_ack_ = 0;
  std::map<std::uint64_t, Request> requests_;
  std::map<std::string, std::map<std::string, std::string>> rooms_;
  std::map<std::pair<std::string, std::string>, std::int64_t> last_from_;  ///< by sender and room
  const std::int64_t* sent_so_far_;
  std::map<std::string, std::int64_t> sent_before_entry_;
};

/// One history of three nodes.
class History : SignalingNodes {
 public:
  explicit History(unsigned seed) : SignalingNodes(3), random_(seed) {}

  void run(bool with_failures) {
    start("max_peers = 4\nmax_rooms_per_socket = 2");
    cluster_.presence().hold(true);
    cluster_.hold_network(true);
    if (with_failures) {
      cluster_.presence().fate = [this]() -> std::optional<Fate> {
        if (one_in(8)) return Fate::unavailable;
        return std::nullopt;
      };
    }
    for (int step = 0; step < 600 && !::testing::Test::HasFailure(); ++step) {
      if (clients_.size() < 8 && one_in(6)) clients_.push_back(std::make_unique<Picture>(connect(below(3)), number_));
      if (!clients_.empty() && one_in(2)) act(below(clients_.size()));
      for (std::size_t i = below(3); i > 0 && cluster_.choices() > 0; --i) cluster_.choose(below(cluster_.choices()));
    }
    settle();
    compare();
  }

 private:
  std::size_t below(std::size_t bound) { return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random_); }
  bool one_in(std::size_t number) { return below(number) == 0; }

  void act(std::size_t index) {
    Picture& client = *clients_[index];
    const std::string room = std::string(1, "xyz"[below(3)]);
    switch (below(9)) {
      case 0:
      case 1:
      case 2: return client.send("join", room, R"(,"metadata":)" + std::to_string(++number_));
      case 3: return client.send("leave", room);
      case 4: return client.send("update", room, R"(,"metadata":)" + std::to_string(++number_));
      case 5:
      case 6: return client.send("message", room, R"(,"data":)" + std::to_string(++number_));
      case 7: {
        Picture& other = *clients_[below(clients_.size())];
        if (&other == &client) return;  // who signals to itself is not among its peers
        return client.send("signal", room,
                           R"(,"to":")" + std::string(other.socket().id()) + R"(","data":)" + std::to_string(++number_));
      }
      default:
        if (!one_in(4)) return;
        client.socket().drop_connection();
        clients_.erase(clients_.begin() + static_cast<std::ptrdiff_t>(index));
    }
  }

  /// Everything under way ends, in random order.
  void settle() {
    cluster_.presence().fate = [] { return std::nullopt; };
    for (int round = 0; round < 10; ++round) {
      while (cluster_.choices() > 0) cluster_.choose(below(cluster_.choices()));
      for (std::size_t i = 0; i < cluster_.size(); ++i) cluster_.node(i).host().advance(20'000);
    }
    ASSERT_EQ(cluster_.choices(), 0U);
  }

  void compare() {
    std::map<std::string, std::map<std::string, std::string>> truth;
    for (const auto& room : cluster_.presence().rooms()) {
      for (const auto& member : cluster_.presence().members(room)) truth[room][member.id] = member.value;
    }
    for (const auto& client : clients_) {
      const std::string id(client->socket().id());
      for (const std::string room : {"x", "y", "z"}) {
        SCOPED_TRACE(id + " in " + room);
        ASSERT_EQ(client->is_in(room), truth[room].contains(id));
        if (!client->is_in(room)) continue;
        auto others = truth[room];
        others.erase(id);
        EXPECT_EQ(client->peers(room), others);
      }
    }
    // Nobody is listed who has gone.
    for (const auto& [room, members] : truth) {
      for (const auto& [id, value] : members) {
        const bool is_connected = std::any_of(clients_.begin(), clients_.end(),
                                              [&, &member = id](const auto& c) { return c->socket().id() == member; });
        EXPECT_TRUE(is_connected) << id << " is a ghost in " << room;
      }
    }
  }

  std::mt19937 random_;
  std::int64_t number_ = 0;
  std::vector<std::unique_ptr<Picture>> clients_;
};

constexpr unsigned histories = 150;

TEST(Model, PicturesAreTrueAtEveryStep) {
  for (unsigned seed = 0; seed < histories && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    History(seed).run(false);
  }
}

TEST(Model, PicturesAreTrueThoughPresenceFailsAtTimes) {
  for (unsigned seed = 0; seed < histories && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    History(seed).run(true);
  }
}

}  // namespace
}  // namespace signaling::webrtc_signaling
