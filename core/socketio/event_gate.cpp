#include "event_gate.hpp"

#include <signaling/base/recycled.hpp>
#include <signaling/protocol/placeholder.hpp>
#include <signaling/protocol/socketio_packet.hpp>

#include "attachments.hpp"
#include "client.hpp"
#include "loop_server.hpp"
#include "socket.hpp"

namespace signaling::socketio {

OwnedEvent::OwnedEvent(const plugin_api::Event& event)
    : text_(event.text),
      name_(event.name),
      attachments_(own_attachments(event.attachments)),
      views_(view_attachments(attachments_)),
      args_at_(static_cast<std::size_t>(event.args.data() - event.text.data())),
      ack_(event.ack) {
  if (event.args.empty()) args_at_ = text_.size();
  bytes_ = text_.size() + name_.size();
  for (const plugin_api::Bytes bytes : event.attachments) bytes_ += bytes.size();
}

OwnedEvent::OwnedEvent(MiddlewareRun::Replacement&& replacement, plugin_api::AckToken ack)
    : attachments_(std::move(replacement.attachments)), views_(view_attachments(attachments_)), ack_(ack) {
  // Held to the same rules as what a client sends.
  protocol::PacketLimits limits;
  limits.max_depth = 1024;
  const std::string packet = "2" + replacement.text;
  const auto decoded = protocol::decode_packet(packet, limits);
  is_valid_ = decoded.has_value() && decoded->ack_id == protocol::no_ack &&
              (attachments_.empty() ||
               protocol::check_placeholders(replacement.text, static_cast<std::uint32_t>(attachments_.size())).has_value());
  text_ = std::move(replacement.text);
  if (is_valid_) {
    std::string buffer;
    name_ = protocol::decode_event_name(decoded->event_name_json, buffer);
    args_at_ = decoded->args.empty() ? text_.size() : static_cast<std::size_t>(decoded->args.data() - packet.data()) - 1;
  }
  bytes_ = text_.size();
}

bool OwnedEvent::view(plugin_api::Event& event) const {
  event.name = name_;
  event.text = text_;
  // Up to the closing bracket.
  event.args =
      args_at_ >= text_.size() ? std::string_view{} : std::string_view(text_).substr(args_at_, text_.rfind(']') - args_at_);
  event.attachments = views_;
  event.ack = ack_;
  return is_valid_;
}

void EventGate::close() {
  if (run_) run_->cancel();
  run_.reset();
  is_running_ = false;
  waiting_.clear();
}

void EventGate::accept(const plugin_api::Event& event) {
  if (!is_running_ && waiting_.empty()) return run(event);
  const Options& options = socket_.client().loop_server().options();
  OwnedEvent owned(event);
  if (waiting_.size() >= options.max_held_messages || waiting_bytes_ + owned.bytes() > options.max_held_bytes) {
    socket_.client().loop_server().counters().drop(Drop::held_full);
    return;
  }
  waiting_bytes_ += owned.bytes();
  waiting_.push_back(std::move(owned));
}

// While the hooks answer at once nothing is copied or allocated: `event_` points to the message itself, and all events of the
// socket have the same run.
void EventGate::run(const plugin_api::Event& event) {
  event_ = event;
  is_running_ = true;
  if (!run_) {
    run_ = std::allocate_shared<MiddlewareRun>(base::RecyclingAllocator<MiddlewareRun>(), socket_.client().loop_server(),
                                               HookKind::event);
  }
  run_->start(*this);
  if (is_running_ && run_->is_waiting() && !owned_) {
    owned_ = std::make_unique<OwnedEvent>(event_);
    owned_->view(event_);
  }
}

void EventGate::call(plugin_api::Middleware& middleware, plugin_api::Verdict& verdict) {
  middleware.on_event(socket_, event_, verdict);
}

void EventGate::replaced(MiddlewareRun::Replacement&& replacement) {
  auto owned = std::make_unique<OwnedEvent>(std::move(replacement), event_.ack);
  // A replacement that is no event is a mistake of the plugin: the event goes on as it was.
  plugin_api::Event view;
  if (!owned->view(view)) {
    LoopServer& loop = socket_.client().loop_server();
    loop.counters().drop(Drop::plugin_error);
    loop.hooks().on_fault(run_->asked_plugin(), Fault::bad_payload, "an event was replaced by what is no event");
    return;
  }
  event_ = view;
  owned_ = std::move(owned);
}

void EventGate::done(Outcome&& outcome) {
  const std::unique_ptr<OwnedEvent> keep = std::move(owned_);
  const plugin_api::Event event = event_;
  is_running_ = false;
  Client& client = socket_.client();
  const Client::HandlerScope scope(client);
  if (outcome.kind == Outcome::Kind::disconnect) return client.request_disconnect(socket_, true);
  if (outcome.kind == Outcome::Kind::pass && socket_.is_connected()) client.deliver_event(socket_, event, outcome.decided_at);
  drain();
}

void EventGate::drain() {
  if (is_draining_) return;  // the outermost goes on; a hook that answers at once does not recurse
  is_draining_ = true;
  while (!is_running_ && !waiting_.empty() && socket_.is_connected()) {
    const OwnedEvent next = std::move(waiting_.front());
    waiting_.pop_front();
    waiting_bytes_ -= next.bytes();
    plugin_api::Event event;
    next.view(event);
    run(event);
  }
  is_draining_ = false;
}

}  // namespace signaling::socketio
