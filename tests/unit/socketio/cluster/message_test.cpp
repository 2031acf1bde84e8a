// Messages between releases, and messages that are none.
#include "cluster/cluster_message.hpp"
#include "cluster_fixture.hpp"

namespace signaling::test {
namespace {

using namespace socketio::cluster;
using socketio::ClusterDrop;

class ClusterMessages : public ClusterTest {
 protected:
  void SetUp() override {
    make(2);
    member = &connect(node(1));
    join(node(1), "r");
  }
  /// A message as the first node would send it.
  void arrive(std::string body) {
    network.arrive({node(0).adapter->tag, node(1).adapter->tag, plugin_api::Destination::Kind::topic, "/\nr", std::move(body)});
    run_loops();
  }
  std::string broadcast() {
    emit({"r"}, R"(["m",{"_placeholder":true,"num":0}])", {}, {"someone", "else"}, 5);
    std::string body = network.waiting.at(0).body;
    network.waiting.clear();
    return body;
  }

  FakeSession* member = nullptr;
};

TEST_F(ClusterMessages, AreReadWhicheverByteOrderTheyAreIn) {
  const std::string body = broadcast();
  ASSERT_EQ(body[0], 1) << "little endian, as cereal marks it";
  ASSERT_EQ(body[1], static_cast<char>(message_version));
  ASSERT_EQ(body[2], static_cast<char>(Kind::emit));
  arrive(body);
  EXPECT_EQ(member->take().size(), 1u);
}

TEST_F(ClusterMessages, OfANewerReleaseAreSkippedAndCounted) {
  std::string newer = broadcast();
  newer[1] = 2;
  arrive(newer);
  std::string unknown = broadcast();
  unknown[2] = 99;
  arrive(unknown);
  EXPECT_TRUE(member->take().empty());
  EXPECT_EQ(drops(node(1), ClusterDrop::unknown_version), 1u);
  EXPECT_EQ(drops(node(1), ClusterDrop::unknown_kind), 1u);
  // Fields that were appended are not read.
  arrive(broadcast() + "something new");
  EXPECT_EQ(member->take().size(), 1u);
}

TEST_F(ClusterMessages, CutOffAnywhereAreCountedAndNothingElseIsLost) {
  const std::string whole = broadcast();
  for (std::size_t size = 0; size < whole.size(); ++size) arrive(whole.substr(0, size));
  EXPECT_TRUE(member->take().empty());
  EXPECT_EQ(drops(node(1), ClusterDrop::malformed), whole.size());
  arrive(whole);
  EXPECT_EQ(member->take().size(), 1u);
}

TEST_F(ClusterMessages, OfOneBatchAreJudgedOneByOne) {
  const std::string good = broadcast();
  const std::string bad = good.substr(0, good.size() - 1);
  std::vector<plugin_api::ClusterMessage> batch;
  for (const std::string* body : {&bad, &good, &bad, &good}) {
    batch.push_back({node(0).adapter->tag, plugin_api::Destination::Kind::topic, "/\nr", std::as_bytes(std::span(*body))});
  }
  node(1).adapter->events->on_messages(batch);
  EXPECT_EQ(node(1).loops[0]->posted_count(), 1u);
  run_loops();
  EXPECT_EQ(member->take().size(), 2u);
  EXPECT_EQ(drops(node(1), ClusterDrop::malformed), 2u);
}

TEST_F(ClusterMessages, NeverReserveForALengthThatIsNotThere) {
  std::string body = broadcast();
  for (std::size_t at = 3; at + 4 <= body.size(); ++at) {
    std::string huge = body;
    for (std::size_t i = 0; i < 4; ++i) huge[at + i] = '\xff';
    arrive(huge);
  }
  member->take();
  arrive(body);
  EXPECT_EQ(member->take().size(), 1u);
}

}  // namespace
}  // namespace signaling::test
