#include <algorithm>
#include <stdexcept>
#include <utility>

#include <signaling/test_kit/fake_outgoing_events.hpp>

#include "copied_texts.hpp"
#include "event_text.hpp"

namespace signaling::testing {

namespace {

class Verdict final : public plugin_api::OutgoingVerdict {
 public:
  enum class Kind { none, pass, drop };

  void pass() override { decide(Kind::pass); }
  void drop() override { decide(Kind::drop); }
  void replace(const plugin_api::Payload& event) override {
    if (kind_ == Kind::none) replacement_ = receive(event);
  }

  Kind kind() const { return kind_; }
  const std::optional<Received>& replacement() const { return replacement_; }

 private:
  void decide(Kind kind) {
    if (kind_ == Kind::none) kind_ = kind;
  }

  Kind kind_ = Kind::none;
  std::optional<Received> replacement_;
};

/// However the hook ends.
class Asking {
 public:
  explicit Asking(bool& is_asking) : is_asking_(is_asking) { is_asking_ = true; }
  ~Asking() { is_asking_ = false; }
  Asking(const Asking&) = delete;
  Asking& operator=(const Asking&) = delete;

 private:
  bool& is_asking_;
};

}  // namespace

std::string OutgoingEvent::text() const {
  if (is_dropped()) return "drop";
  return is_replaced ? "replace " + sent->text : "pass";
}

void FakeOutgoingEvents::watch(plugin_api::OutgoingHook& hook) {
  if (std::find(hooks_.begin(), hooks_.end(), &hook) != hooks_.end()) {
    throw std::logic_error("OutgoingEvents::watch was called twice; one hook for each plugin");
  }
  hooks_.push_back(&hook);
}

OutgoingEvent FakeOutgoingEvents::show(plugin_api::Socket& socket, const Received& event) {
  OutgoingEvent outgoing{std::string(socket.id()), event, event};
  if (is_asking_) return outgoing;
  const Asking asking(is_asking_);
  for (plugin_api::OutgoingHook* const hook : hooks_) {
    Verdict verdict;
    {
      const EventText parts = split_event(outgoing.sent->text);
      const plugin_api::AckToken ack = event.wants_ack ? plugin_api::AckToken{*event.wants_ack} : plugin_api::AckToken{};
      const CopiedEvent shown(parts.name, parts.args, outgoing.sent->text, outgoing.sent->attachments, ack);
      hook->on_event_out(socket, shown.get(), verdict);
    }
    if (verdict.kind() != Verdict::Kind::pass) {
      outgoing.sent.reset();
      outgoing.is_forgotten = verdict.kind() == Verdict::Kind::none;
      break;
    }
    if (!verdict.replacement()) continue;
    split_event(verdict.replacement()->text);  // throws where it is no event
    outgoing.sent = verdict.replacement();
    outgoing.sent->wants_ack = event.wants_ack;
    outgoing.is_replaced = true;
  }
  if (outgoing.is_dropped()) outgoing.is_replaced = false;
  shown_.push_back(outgoing);
  return outgoing;
}

}  // namespace signaling::testing
