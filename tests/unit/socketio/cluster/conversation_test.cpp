// Conversations between loops of two nodes.
#include "cluster_fixture.hpp"

namespace signaling::test {
namespace {

using namespace socketio;
using plugin_api::Bytes;
using plugin_api::Status;

std::string text_of(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
Bytes bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

/// Writes down what one side is told.
class Recorder final : public ConversationHandler {
 public:
  explicit Recorder(std::vector<std::string>& log) : log_(log) {}
  ~Recorder() override { log_.push_back("gone"); }
  void on_message(Bytes body) override {
    log_.push_back(text_of(body));
    if (on_text) on_text(log_.back());
  }
  void on_closed(Status status) override {
    log_.push_back("closed " + std::string(to_string(status)));
    if (closed) closed();
  }

  std::unique_ptr<Conversation> conversation;  ///< of the side that accepted
  std::function<void(const std::string&)> on_text;
  std::function<void()> closed;

 private:
  std::vector<std::string>& log_;
};

class Acceptor final : public ConversationAcceptor {
 public:
  std::unique_ptr<ConversationHandler> on_conversation(std::unique_ptr<Conversation> conversation, Bytes first) override {
    log.push_back("first " + text_of(first));
    if (refuses) return nullptr;
    auto handler = std::make_unique<Recorder>(log);
    handler->conversation = std::move(conversation);
    last = handler.get();
    if (answers_at_once) last->conversation->send(bytes_of("welcome"));
    if (ends_at_once) last->conversation.reset();
    return handler;
  }
  Recorder* last = nullptr;
  bool refuses = false;
  bool answers_at_once = false;
  bool ends_at_once = false;
  std::vector<std::string> log;
};

class ClusterConversation : public ClusterTest {
 protected:
  void SetUp() override { options.max_conversations = 2; }
  /// Two nodes of two loops; begins on loop 0 of the first with loop 1 of the second.
  void begin(std::string_view tag = {}, std::uint8_t loop = 1) {
    if (nodes.empty()) {
      make(2, 2);
      node(1).server->conversations().accept_with(1, acceptor);
    }
    enter(node(0));
    conversation = node(0).server->conversations().begin(tag.empty() ? node(1).adapter->tag : std::string(tag), loop,
                                                         bytes_of("hello"), base::Milliseconds(1000), opener, status);
  }
  Strings heard() { return std::exchange(log, {}); }
  Strings accepted() { return std::exchange(acceptor.log, {}); }
  std::uint64_t open(std::size_t number) { return count(node(number).server->cluster_counters().conversations); }
  void send(std::string_view text) {
    enter(node(0));
    EXPECT_TRUE(conversation->send(bytes_of(text)));
  }
  /// Sent, and dropped on the way.
  void lose(std::string_view text) {
    network.drop = [](const HeldMessage&) { return true; };
    send(text);
    network.drop = {};
  }
  void answer(std::string_view text) {
    enter(node(1), 1);
    EXPECT_TRUE(acceptor.last->conversation->send(bytes_of(text)));
  }
  void TearDown() override {
    if (!nodes.empty()) enter(node(0));
    conversation.reset();
    ClusterTest::TearDown();
  }

  Strings log;
  Recorder opener{log};
  Acceptor acceptor;
  Status status = Status::closed;
  std::unique_ptr<Conversation> conversation;
};

TEST_F(ClusterConversation, CarriesMessagesBothWaysInOrder) {
  begin();
  ASSERT_TRUE(conversation);
  EXPECT_EQ(status, Status::ok);
  EXPECT_EQ(conversation->peer_tag(), node(1).adapter->tag);
  send("a");
  send("b");
  run();
  EXPECT_EQ(accepted(), (Strings{"first hello", "a", "b"}));
  EXPECT_EQ(acceptor.last->conversation->peer_tag(), node(0).adapter->tag);
  answer("c");
  answer("d");
  run();
  EXPECT_EQ(heard(), (Strings{"c", "d"}));
  EXPECT_EQ(open(0), 1u);
  EXPECT_EQ(open(1), 1u);
}

TEST_F(ClusterConversation, EndsWhenEitherSideLetsGo) {
  begin();
  run();
  accepted();
  enter(node(0));
  send("last words");
  conversation.reset();
  run();
  EXPECT_EQ(accepted(), (Strings{"last words", "closed ok", "gone"}));
  EXPECT_TRUE(heard().empty());
  EXPECT_EQ(open(0), 0u);
  EXPECT_EQ(open(1), 0u);

  begin();
  run();
  accepted();
  enter(node(1), 1);
  answer("bye");
  acceptor.last->conversation.reset();
  run();
  EXPECT_EQ(heard(), (Strings{"bye", "closed ok"}));
  EXPECT_EQ(accepted(), Strings{"gone"});
  EXPECT_FALSE(conversation->send(bytes_of("too late")));
}

TEST_F(ClusterConversation, MayBeLetGoOfInsideItsHandlers) {
  begin();
  run();
  acceptor.last->on_text = [this](const std::string& text) {
    if (text == "end") acceptor.last->conversation.reset();
  };
  opener.closed = [this] { conversation.reset(); };
  send("end");
  run();
  EXPECT_EQ(heard(), Strings{"closed ok"});
  EXPECT_EQ(accepted(), (Strings{"first hello", "end", "gone"}));
  EXPECT_FALSE(conversation);
}

TEST_F(ClusterConversation, MayBeAnsweredAndEndedWhileItIsAccepted) {
  acceptor.answers_at_once = true;
  acceptor.ends_at_once = true;
  begin();
  run();
  EXPECT_EQ(heard(), (Strings{"welcome", "closed ok"}));
  EXPECT_EQ(accepted(), (Strings{"first hello", "gone"}));
  EXPECT_EQ(open(1), 0u);
}

TEST_F(ClusterConversation, IsToldThatItIsRefused) {
  acceptor.refuses = true;
  begin();
  run();
  EXPECT_EQ(heard(), Strings{"closed closed"});
  EXPECT_EQ(open(1), 0u);
  // A loop where nobody accepts, and one that is not there.
  for (const std::uint8_t loop : {0, 77}) {
    begin({}, loop);
    run();
    EXPECT_EQ(heard(), Strings{"closed not-found"});
  }
}

TEST_F(ClusterConversation, SaysAtOnceWhereThereIsNobody) {
  begin("zzzz");
  EXPECT_FALSE(conversation);
  EXPECT_EQ(status, Status::not_found);
  node(0).adapter->publish_status = Status::unavailable;
  begin();
  EXPECT_FALSE(conversation);
  EXPECT_EQ(status, Status::unavailable);
  EXPECT_EQ(open(0), 0u);
}

TEST_F(ClusterConversation, EndsOnBothSidesWhereAMessageWasLost) {
  begin();
  run();
  accepted();
  lose("lost");
  send("found");
  run();
  EXPECT_EQ(accepted(), (Strings{"closed unavailable", "gone"}));
  EXPECT_EQ(heard(), Strings{"closed unavailable"});
  EXPECT_EQ(drops(node(1), ClusterDrop::conversation_gap), 1u);
}

TEST_F(ClusterConversation, NoticesAtTheEndThatTheLastMessageWasLost) {
  begin();
  run();
  accepted();
  lose("lost");
  enter(node(0));
  conversation.reset();
  run();
  EXPECT_EQ(accepted(), (Strings{"closed unavailable", "gone"}));
}

TEST_F(ClusterConversation, TakesNoMessageTwice) {
  begin();
  run();
  accepted();
  send("once");
  network.arrive(network.waiting.front());
  run();
  EXPECT_EQ(accepted(), Strings{"once"});
}

TEST_F(ClusterConversation, IsToldWhereItsBeginningWasLost) {
  make(2, 2);
  node(1).server->conversations().accept_with(1, acceptor);
  network.drop = [](const HeldMessage&) { return true; };
  begin();
  network.drop = {};
  send("anybody?");
  run();
  EXPECT_EQ(heard(), Strings{"closed unavailable"});
  EXPECT_TRUE(accepted().empty());
}

TEST_F(ClusterConversation, EndsOnALaterTurnWhereTheAdapterTakesNothing) {
  begin();
  run();
  accepted();
  enter(node(0));
  node(0).adapter->publish_status = Status::too_many;
  EXPECT_FALSE(conversation->send(bytes_of("x")));
  EXPECT_TRUE(heard().empty());
  run_loops();
  EXPECT_EQ(heard(), Strings{"closed unavailable"});
  // The side that accepted has the same.
  enter(node(1), 1);
  node(1).adapter->publish_status = Status::too_many;
  EXPECT_FALSE(acceptor.last->conversation->send(bytes_of("x")));
  run_loops();
  EXPECT_EQ(accepted(), (Strings{"closed unavailable", "gone"}));
}

TEST_F(ClusterConversation, TellsNobodyWhoHasLetGoMeanwhile) {
  begin();
  run();
  enter(node(0));
  node(0).adapter->publish_status = Status::too_many;
  EXPECT_FALSE(conversation->send(bytes_of("x")));
  conversation.reset();
  run_loops();
  EXPECT_TRUE(heard().empty());
}

TEST_F(ClusterConversation, EndsWithItsNode) {
  begin();
  run();
  accepted();
  network.lose(*node(1).adapter);
  run();
  EXPECT_EQ(heard(), Strings{"closed not-found"});
}

TEST_F(ClusterConversation, EndsWhenTheAdapterIsAway) {
  begin();
  run();
  accepted();
  node(0).adapter->events->on_health_changed(false, "away");
  run();
  EXPECT_EQ(heard(), Strings{"closed unavailable"});
  EXPECT_EQ(open(0), 0u);
}

TEST_F(ClusterConversation, EndsSoonWhereTheOtherNodeWasAway) {
  begin();
  run();
  accepted();
  // It cannot tell anybody that it gives up what it has.
  node(1).adapter->publish_status = Status::unavailable;
  node(1).adapter->events->on_health_changed(false, "away");
  run();
  EXPECT_EQ(accepted(), (Strings{"closed unavailable", "gone"}));
  EXPECT_TRUE(heard().empty());
  node(1).adapter->publish_status = Status::ok;
  node(1).adapter->events->on_health_changed(true, {});
  run();
  EXPECT_EQ(heard(), Strings{"closed unavailable"});
  EXPECT_EQ(open(0), 0u);
}

TEST_F(ClusterConversation, EndsSoonWhereItsBeginningCameToADeafNode) {
  make(2, 2);
  node(1).server->conversations().accept_with(1, acceptor);
  node(1).adapter->events->on_health_changed(false, "away");
  network.drop = [](const HeldMessage&) { return true; };
  begin();
  network.drop = {};
  run();
  EXPECT_TRUE(heard().empty());
  node(1).adapter->events->on_health_changed(true, {});
  run();
  EXPECT_EQ(heard(), Strings{"closed unavailable"});
}

TEST_F(ClusterConversation, EndsOnBothSidesWhereANodeThatWasDeafHasMissedTheLastMessage) {
  make(2, 2);
  node(1).server->conversations().accept_with(1, acceptor);
  node(1).adapter->events->on_health_changed(false, "away");
  begin();
  run();
  accepted();
  lose("lost");
  node(1).adapter->events->on_health_changed(true, {});
  run();
  EXPECT_EQ(accepted(), (Strings{"closed unavailable", "gone"}));
  EXPECT_EQ(heard(), Strings{"closed unavailable"});
  EXPECT_EQ(drops(node(1), ClusterDrop::conversation_gap), 1u);
}

TEST_F(ClusterConversation, GoesOnWhereNothingWasMissed) {
  make(2, 2);
  node(1).server->conversations().accept_with(1, acceptor);
  node(1).adapter->events->on_health_changed(false, "away");
  begin();
  send("a");
  run();
  answer("b");
  run();
  node(1).adapter->events->on_health_changed(true, {});
  run();
  send("c");
  run();
  EXPECT_EQ(accepted(), (Strings{"first hello", "a", "c"}));
  EXPECT_EQ(heard(), Strings{"b"});
  EXPECT_EQ(open(0), 1u);
}

TEST_F(ClusterConversation, NobodyIsAskedAtTheStart) {
  begin();
  run();
  const std::size_t before = node(1).adapter->published;
  node(1).adapter->events->on_health_changed(true, {});
  EXPECT_EQ(node(1).adapter->published, before);
}

TEST_F(ClusterConversation, EndsWhereNothingIsHeard) {
  begin();
  run();
  accepted();
  advance(base::Milliseconds(900));
  answer("still here");
  run();
  advance(base::Milliseconds(900));
  // The side that accepted has heard nothing for longer, and says so.
  EXPECT_EQ(heard(), (Strings{"still here", "closed timeout"}));
  EXPECT_EQ(accepted(), (Strings{"closed timeout", "gone"}));
}

TEST_F(ClusterConversation, AreBounded) {
  begin();
  const std::unique_ptr<Conversation> first = std::move(conversation);
  begin();
  const std::unique_ptr<Conversation> second = std::move(conversation);
  begin();
  EXPECT_FALSE(conversation);
  EXPECT_EQ(status, Status::too_many);
  EXPECT_EQ(drops(node(0), ClusterDrop::too_many_conversations), 1u);
  enter(node(0));
}

TEST_F(ClusterConversation, OutliveTheirServerWithoutHarm) {
  begin();
  run();
  enter(node(0));
  nodes[0]->server.reset();
  EXPECT_FALSE(conversation->send(bytes_of("x")));
  conversation.reset();
  EXPECT_TRUE(heard().empty());
  nodes[1]->server.reset();
  EXPECT_EQ(accepted(), (Strings{"first hello", "gone"}));
}

}  // namespace
}  // namespace signaling::test
