#include "ack_gathering.hpp"

#include <utility>

#include <signaling/base/timer_queue.hpp>

#include "attachments.hpp"
#include "loop_server.hpp"
#include "socket.hpp"

namespace signaling::socketio {

void AckGathering::report(GatheredPart&& part) {
  if (origin_.event_loop().is_current()) return add(std::move(part));
  origin_.event_loop().post(
      [self = shared_from_this(), moved = std::make_unique<GatheredPart>(std::move(part))] { self->add(std::move(*moved)); });
}

void AckGathering::add(GatheredPart&& part) {
  expected_ += part.expected;
  for (GatheredAnswer& answer : part.answers) answers_.push_back(std::move(answer));
  if (!part.missing_node.empty()) missing_nodes_.push_back(std::move(part.missing_node));
  if (--parts_left_ == 0) finish();
}

void AckGathering::finish() {
  std::vector<std::vector<plugin_api::Bytes>> attachments(answers_.size());
  std::vector<plugin_api::BroadcastAckHandler::Answer> views;
  views.reserve(answers_.size());
  for (std::size_t i = 0; i < answers_.size(); ++i) {
    attachments[i] = view_attachments(answers_[i].attachments);
    views.push_back({answers_[i].socket.view(), answers_[i].args, attachments[i]});
  }
  const std::vector<std::string_view> missing(missing_nodes_.begin(), missing_nodes_.end());
  const bool complete = missing.empty() && answers_.size() == expected_;
  const plugin_api::Status status = away_      ? plugin_api::Status::unavailable
                                    : complete ? plugin_api::Status::ok
                                               : plugin_api::Status::timeout;
  origin_.call_handler(*handler_, [&] { handler_->on_answers(status, views, expected_, missing); });
}

namespace {

/// Gathers on one loop; kept alive by the handlers that its sockets hold, and by itself until the deadline.
class LoopPart final : public base::Timer, public std::enable_shared_from_this<LoopPart> {
 public:
  LoopPart(LoopServer& loop, std::function<void(GatheredPart&&)> report) : loop_(loop), report_(std::move(report)) {}

  void start(const std::vector<Socket*>& sockets, const EncodedPacket& packet, std::uint64_t ack_id, base::Milliseconds timeout,
             bool is_volatile) {
    self_ = shared_from_this();
    ack_id_ = ack_id;
    open_ = 1;  // keeps the part open while the packet goes out
    for (Socket* socket : sockets) {
      ++part_.expected;
      ++open_;
      HandlerRef<plugin_api::AckHandler> answer(new Answer(self_, socket->sid()));
      if (socket->expect_ack(ack_id, std::move(answer), nullptr)) {
        socket->send_event(packet, is_volatile);
        waiting_.push_back(socket->sid());
      }
    }
    if (open_ > 1) loop_.event_loop().timers().arm(*this, loop_.event_loop().now() + timeout);
    if (!sockets.empty()) namespace_name_ = sockets.front()->shard().name();
    done_one();
  }

 private:
  class Answer final : public plugin_api::AckHandler {
   public:
    Answer(std::shared_ptr<LoopPart> part, base::Sid socket) : part_(std::move(part)), socket_(socket) {}
    void on_ack(std::string_view args, std::span<const plugin_api::Bytes> attachments) override {
      part_->part_.answers.push_back({socket_, std::string(args), own_attachments(attachments)});
      part_->done_one();
    }
    void on_failure(plugin_api::Status) override { part_->done_one(); }
    void release() noexcept override { delete this; }

   private:
    std::shared_ptr<LoopPart> part_;
    base::Sid socket_;
  };

  void on_timer(base::TimePoint) override {
    const std::shared_ptr<LoopPart> keep = self_;
    // The entries of those that did not answer go, so that they do not pile up on the socket.
    if (NamespaceShard* shard = loop_.find_shard(namespace_name_)) {
      for (const base::Sid& id : waiting_) {
        if (Socket* socket = shard->find(id.view())) socket->forget_ack(ack_id_);
      }
    }
    report();
  }

  void done_one() {
    if (--open_ == 0) report();
  }

  void report() {
    if (!self_) return;
    const std::shared_ptr<LoopPart> keep = std::move(self_);
    loop_.event_loop().timers().disarm(*this);
    std::exchange(report_, {})(std::move(part_));
  }

  LoopServer& loop_;
  std::function<void(GatheredPart&&)> report_;
  std::shared_ptr<LoopPart> self_;
  GatheredPart part_;
  std::uint64_t ack_id_ = 0;
  std::uint32_t open_ = 0;
  std::string namespace_name_;
  std::vector<base::Sid> waiting_;
};

}  // namespace

void gather_acks(LoopServer& loop, const std::vector<Socket*>& sockets, const EncodedPacket& packet, std::uint64_t ack_id,
                 base::Milliseconds timeout, bool is_volatile, std::function<void(GatheredPart&&)> report) {
  std::make_shared<LoopPart>(loop, std::move(report))->start(sockets, packet, ack_id, timeout, is_volatile);
}

}  // namespace signaling::socketio
