#include <nats_adapter/stream_reader.hpp>
#include <string>

#include <gtest/gtest.h>

namespace signaling::nats_adapter {
namespace {

struct Listener final : StreamReader::Listener {
  std::string log;
  void on_beginning() override { log += "beginning "; }
  void on_stream_message(std::string_view, std::uint64_t sequence, std::string_view) override {
    log += std::to_string(sequence) + ' ';
  }
  void on_caught_up() override { log += "caught-up "; }
  void on_gap(std::string_view) override { log += "gap "; }
  void answer(std::string_view subject) override { log.append("answer:").append(subject) += ' '; }
};

class StreamReaderTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { nats_Open(-1); }
  static void TearDownTestSuite() { nats_Close(); }
  static NatsMessage message(const std::string& reply, const char* data = "x") {
    natsMsg* raw = nullptr;
    EXPECT_EQ(natsMsg_Create(&raw, "p.p.x", reply.empty() ? nullptr : reply.c_str(), data,
                             static_cast<int>(std::string(data).size())),
              NATS_OK);
    return NatsMessage(raw);
  }
  void deliver(std::uint64_t number, int sequence, int consumer_sequence, int pending) {
    reader_.on_delivery(number,
                        message("$JS.ACK.s.c.1." + std::to_string(sequence) + '.' + std::to_string(consumer_sequence) + ".0." +
                                std::to_string(pending)),
                        now_);
  }
  void begin(std::uint64_t last, bool is_from_beginning = true) {
    number_ = reader_.begin(now_);
    SessionEvent event{SessionEvent::Kind::reading, number_};
    event.epoch = 77;
    event.last = last;
    event.is_from_beginning = is_from_beginning;
    reader_.on_reading(event, now_);
  }
  static NatsMessage sign_of_life(const char* key, const char* value, const char* reply = nullptr) {
    natsMsg* raw = nullptr;
    EXPECT_EQ(natsMsg_Create(&raw, "p.d", reply, "", 0), NATS_OK);
    natsMsgHeader_Set(raw, "Status", "100");
    if (key != nullptr) natsMsgHeader_Set(raw, key, value);
    return NatsMessage(raw);
  }

  Listener listener_;
  StreamReader reader_{listener_};
  std::int64_t now_ = 1;
  std::uint64_t number_ = 0;
};

TEST_F(StreamReaderTest, EmptyStreamIsReadAtOnce) {
  begin(0);
  EXPECT_EQ(listener_.log, "beginning caught-up ");
  EXPECT_EQ(reader_.epoch(), 77U);
}

TEST_F(StreamReaderTest, IsReadWithTheMessageThatWasTheLastWhateverIsSaidToFollow) {
  begin(9);
  deliver(number_, 5, 1, 0);
  deliver(number_, 9, 2, 4);
  deliver(number_, 10, 3, 3);
  EXPECT_EQ(listener_.log, "beginning 5 9 caught-up 10 ");
  EXPECT_EQ(reader_.applied(), 10U);
}

TEST_F(StreamReaderTest, OrWhenTheServerHasNothingMore) {
  begin(9);
  deliver(number_, 5, 1, 8);
  reader_.on_delivery(number_, sign_of_life("Nats-Last-Consumer", "1"), now_);
  EXPECT_EQ(listener_.log, "beginning 5 caught-up ");
}

TEST_F(StreamReaderTest, WhatComesBeforeTheReadingIsToldIsKept) {
  number_ = reader_.begin(now_);
  deliver(number_, 5, 1, 0);
  EXPECT_EQ(listener_.log, "");
  SessionEvent event{SessionEvent::Kind::reading, number_};
  event.last = 5;
  event.is_from_beginning = true;
  reader_.on_reading(event, now_);
  EXPECT_EQ(listener_.log, "beginning 5 caught-up ");
}

TEST_F(StreamReaderTest, AMissingMessageIsAGapAndNothingIsTakenUntilTheNextReading) {
  begin(0);
  deliver(number_, 5, 1, 0);
  deliver(number_, 7, 3, 0);
  deliver(number_, 8, 4, 0);
  EXPECT_EQ(listener_.log, "beginning caught-up 5 gap ");
  const std::uint64_t old = number_;
  begin(0, false);
  deliver(old, 9, 1, 0);
  deliver(number_, 6, 1, 0);
  EXPECT_EQ(listener_.log, "beginning caught-up 5 gap caught-up 6 ");
}

TEST_F(StreamReaderTest, SignsOfLifeAreAnsweredAndShowAMissingEnd) {
  begin(0);
  deliver(number_, 5, 1, 0);
  reader_.on_delivery(number_, sign_of_life(nullptr, nullptr, "flow"), now_);
  reader_.on_delivery(number_, sign_of_life("Nats-Last-Consumer", "1"), now_);
  reader_.on_delivery(number_, sign_of_life("Nats-Consumer-Stalled", "stalled"), now_);
  EXPECT_EQ(listener_.log, "beginning caught-up 5 answer:flow answer:stalled ");
  reader_.on_delivery(number_, sign_of_life("Nats-Last-Consumer", "2"), now_);
  EXPECT_TRUE(listener_.log.ends_with("gap "));
}

TEST_F(StreamReaderTest, SilenceIsAGap) {
  begin(0);
  now_ += 3'000'000;
  reader_.tick(now_);
  reader_.on_delivery(number_, sign_of_life(nullptr, nullptr), now_);
  now_ += 3'000'000;
  reader_.tick(now_);
  EXPECT_EQ(listener_.log, "beginning caught-up ");
  now_ += 1'000'000;
  reader_.tick(now_);
  EXPECT_EQ(listener_.log, "beginning caught-up gap ");
}

}  // namespace
}  // namespace signaling::nats_adapter
