#include <memory>
#include <webrtc_signaling/signal_reply.hpp>

#include "signaling_fixture.hpp"

namespace signaling::webrtc_signaling {
namespace {

using plugin_api::Status;
using plugin_api::StatusHandler;

class SignalReply : public SignalingFixture {
 protected:
  SignalReply()
      : SignalingFixture(), metrics_(cluster_.node(0).host()), loop_(new Loop(cluster_.node(0).host(), metrics_, nullptr)) {}

  StatusHandler& make(FakeSocket& sender) { return loop_->signal_replies.make(StateRef::of(sender), {next_ack_++}); }

  Metrics metrics_;
  std::unique_ptr<Loop> loop_;
  std::uint64_t next_ack_ = 100;
};

TEST_F(SignalReply, AnswersEachStatus) {
  FakeSocket& a = connect_to("x");
  const struct {
    Status status;
    const char* outcome;
  } cases[] = {{Status::ok, "ok"},
               {Status::not_found, "peer-unavailable"},
               {Status::not_member, "peer-unavailable"},
               {Status::timeout, "unavailable"},
               {Status::unavailable, "unavailable"}};
  for (const auto& each : cases) {
    const std::uint64_t ack = next_ack_;
    StatusHandler& handler = make(a);
    handler.on_status(each.status);
    handler.release();
    EXPECT_EQ(outcome(a.ack_text(ack)), each.outcome);
  }
}

TEST_F(SignalReply, IsUsedAgain) {
  FakeSocket& a = connect_to("x");
  StatusHandler& first = make(a);
  StatusHandler& second = make(a);
  EXPECT_NE(&first, &second);
  first.release();
  EXPECT_EQ(&make(a), &first);
  first.release();
  second.release();
}

TEST_F(SignalReply, SaysNothingToWhoHasGone) {
  FakeSocket& a = connect_to("x");
  StatusHandler& handler = make(a);
  a.drop_connection();
  const std::size_t before = a.received.size();
  handler.on_status(Status::ok);
  handler.release();
  EXPECT_EQ(a.received.size(), before);
}

TEST_F(SignalReply, MayBeReleasedAfterItsLoopHasGone) {
  FakeSocket& a = connect_to("x");
  StatusHandler& first = make(a);
  StatusHandler& second = make(a);
  make(a).release();
  loop_.reset();
  a.drop_connection();
  first.release();
  second.release();  // the sanitizer sees what would be lost or touched too late
}

}  // namespace
}  // namespace signaling::webrtc_signaling
