#include "outbox.hpp"

namespace signaling::redis_adapter {

void Outbox::add(Partition partition, std::string_view channel, EnvelopeKind kind, std::string item, Stamp stamp) {
  auto found = index_.find(channel);
  if (found != index_.end() && pending_[found->second].kind != kind) {
    publish(pending_[found->second]);
    pending_[found->second].kind = kind;
  }
  if (found == index_.end()) {
    found = index_.emplace(std::string(channel), pending_.size()).first;
    pending_.push_back({partition, std::string(channel), kind, {}, 0, {}});
  }
  Pending& pending = pending_[found->second];
  const std::size_t bytes = item.size() + envelope_item_overhead;
  if (!pending.items.empty() && pending.bytes + bytes > context_.settings.max_batch_bytes) publish(pending);
  if (pending.items.empty()) pending.stamp = std::move(stamp);
  pending.bytes += bytes;
  pending.items.push_back(std::move(item));
}

void Outbox::send(Partition partition, std::string_view channel, EnvelopeKind kind, std::string item,
                  PublishedHandler handler) {
  if (const auto found = index_.find(channel); found != index_.end()) publish(pending_[found->second]);
  const std::string_view view = item;
  const std::string payload = encode_envelope(context_.tag, context_.clock.wall_us(), 0, kind, {&view, 1});
  context_.backend.publish(partition, channel, payload, context_.settings.command_timeout, std::move(handler));
}

void Outbox::flush() {
  for (Pending& pending : pending_) publish(pending);
  pending_.clear();
  index_.clear();
}

void Outbox::publish(Pending& pending) {
  if (pending.items.empty()) return;
  views_.assign(pending.items.begin(), pending.items.end());
  Sending sending;
  if (pending.stamp) sending = pending.stamp();
  const std::string payload = encode_envelope(context_.tag, context_.clock.wall_us(), sending.sequence, pending.kind, views_);
  const std::size_t messages = pending.kind == EnvelopeKind::bodies ? views_.size() : 0;
  if (messages != 0) {
    context_.metrics.envelopes.add(1);
    context_.metrics.published.add(static_cast<double>(messages));
    context_.metrics.published_bytes.add(static_cast<double>(payload.size()));
  }
  context_.backend.publish(pending.partition, pending.channel, payload, context_.settings.command_timeout,
                           [this, messages, handler = std::move(sending.handler)](const Reply& reply) mutable {
                             on_published(messages, reply);
                             if (handler) handler(reply);
                           });
  pending.items.clear();
  pending.bytes = 0;
  pending.stamp = {};
}

void Outbox::on_published(std::size_t messages, const Reply& reply) {
  const auto count = static_cast<double>(messages);
  switch (reply.outcome) {
    case Outcome::ok: break;
    case Outcome::away: context_.metrics.dropped_away.add(count); break;
    case Outcome::full: context_.metrics.dropped_full.add(count); break;
    case Outcome::lost:
    case Outcome::timeout: context_.metrics.dropped_lost.add(count); break;
    case Outcome::server: context_.metrics.dropped_refused.add(count); break;
  }
}

}  // namespace signaling::redis_adapter
