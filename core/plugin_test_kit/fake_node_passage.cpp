// What has to pass a node's middleware before it is opened, connected, or given to the application.

#include <stdexcept>
#include <utility>

#include <signaling/test_kit/fake_cluster.hpp>
#include <signaling/test_kit/fake_node.hpp>

namespace signaling::testing {

using plugin_api::Bytes;
using plugin_api::Middleware;

/// One thing on its way through the chain.
struct FakeNode::Passage {
  std::uint32_t hook;
  std::function<void(Middleware&, plugin_api::Verdict&)> call;
  std::function<void(const Received&)> replaced;    ///< may be empty
  std::function<void(RecordedVerdict* last)> done;  ///< nullptr: nobody was asked
  std::size_t next = 0;
  RecordedVerdict* last = nullptr;
  FakeSocket* socket = nullptr;  ///< is shown the verdicts; may be nullptr
};

void FakeNode::pass_on(const std::shared_ptr<Passage>& passage) {
  while (passage->next < chain_.size()) {
    const Guard& guard = chain_[passage->next++];
    if ((guard.hooks & passage->hook) == 0) continue;
    RecordedVerdict& verdict = verdicts_.emplace_back(&host_);
    passage->last = &verdict;
    if (passage->socket != nullptr) passage->socket->verdict_ = &verdict;
    passage->call(*guard.middleware, verdict);
    verdict.end_hook();
    if (!verdict.is_ended()) {
      return verdict.when_ended([this, passage] {
        if (passage->last->passed()) {
          if (const auto what = passage->last->replacement(); what && passage->replaced) passage->replaced(*what);
          return pass_on(passage);
        }
        passage->done(passage->last);
      });
    }
    if (!verdict.passed()) break;
    if (const auto what = verdict.replacement(); what && passage->replaced) passage->replaced(*what);
  }
  passage->done(passage->last);
}

RecordedVerdict& FakeNode::open(FakeHandshake handshake) {
  opened_.push_back(std::make_unique<FakeHandshake>(std::move(handshake)));
  const FakeHandshake& said = *opened_.back();
  const auto passage = std::make_shared<Passage>();
  passage->hook = plugin_api::hook_handshake;
  passage->call = [&said](Middleware& middleware, plugin_api::Verdict& verdict) { middleware.on_handshake(said, verdict); };
  passage->done = [](RecordedVerdict*) {};
  pass_on(passage);
  if (passage->last == nullptr) throw std::logic_error("this node has no middleware with the handshake hook");
  return *passage->last;
}

FakeSocket& FakeNode::connect(FakeHandshake handshake, std::string namespace_name) {
  const std::string id = std::to_string(number_) + "-" + std::to_string(sockets_.size());
  sockets_.push_back(std::make_unique<FakeSocket>(*this, id, std::move(handshake), std::move(namespace_name)));
  FakeSocket& socket = *sockets_.back();
  const auto passage = std::make_shared<Passage>();
  passage->hook = plugin_api::hook_connect;
  passage->socket = &socket;
  passage->call = [&socket](Middleware& middleware, plugin_api::Verdict& verdict) { middleware.on_connect(socket, verdict); };
  passage->done = [this, &socket, asked = passage.get()](RecordedVerdict* last) {
    if (socket.is_gone_) return;
    if (last == nullptr || last->passed()) return admit(socket);
    socket.is_gone_ = true;
    // Those that were asked, but for the one that has ended it.
    const std::size_t ended_by = asked->next - 1;
    for (std::size_t i = 0; i < ended_by + (last->is_timed_out() ? 1 : 0); ++i) {
      const std::uint32_t both = plugin_api::hook_connect | plugin_api::hook_disconnect;
      if ((chain_[i].hooks & both) == both) chain_[i].middleware->on_disconnect(socket, "client namespace disconnect");
    }
  };
  pass_on(passage);
  return socket;
}

void FakeNode::admit(FakeSocket& socket) {
  socket.is_connected_ = true;
  if (application_ != nullptr) application_->on_connect(socket);
}

void FakeNode::take_event(FakeSocket& socket, FakeSocket::Sent sent) {
  socket.is_waiting_ = true;
  const auto what = std::make_shared<FakeSocket::Sent>(std::move(sent));
  const auto passage = std::make_shared<Passage>();
  passage->hook = plugin_api::hook_event;
  passage->socket = &socket;
  passage->call = [&socket, what](Middleware& middleware, plugin_api::Verdict& verdict) {
    socket.with_event(*what, [&](const plugin_api::Event& event) { middleware.on_event(socket, event, verdict); });
  };
  passage->replaced = [what](const Received& instead) { what->replace(instead); };
  passage->done = [this, &socket, what](RecordedVerdict* last) {
    if (last != nullptr && last->disconnected()) {
      socket.disconnect(true);
    } else if (socket.is_connected_ && (last == nullptr || last->passed()) && application_ != nullptr) {
      socket.with_event(*what, [&](const plugin_api::Event& event) { application_->on_event(socket, event); });
    }
    socket.is_waiting_ = false;
    if (socket.waiting_.empty()) return;
    FakeSocket::Sent next = std::move(socket.waiting_.front());
    socket.waiting_.pop_front();
    take_event(socket, std::move(next));
  };
  pass_on(passage);
}

}  // namespace signaling::testing
