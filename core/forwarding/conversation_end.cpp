#include "conversation_end.hpp"

#include <utility>

#include "context.hpp"
#include "item_writer.hpp"

namespace signaling::forwarding {
namespace {

/// More than this is not gathered: the other side shall not wait for the end of a long turn.
constexpr std::size_t enough_for_a_message = 64 * 1024;

}  // namespace

ConversationEnd::~ConversationEnd() = default;

ItemWriter& ConversationEnd::say() {
  if (writer_ && writer_->size() >= enough_for_a_message) flush();
  if (!writer_) {
    writer_ = context_.take_writer();
    context_.flush_later(*this);
  }
  return *writer_;
}

void ConversationEnd::flush() {
  auto writer = std::exchange(writer_, nullptr);
  if (!writer) return;
  if (conversation_ && !is_closed_) {
    context_.counters().bytes_sent.add(writer->size());
    // Where nothing is taken the conversation closes, and `on_closed` comes.
    conversation_->send(writer->bytes());
  }
  context_.give_back(std::move(writer));
}

void ConversationEnd::finish() {
  if (std::exchange(has_finished_, true)) return;
  flush();
  context_.retire(*this);
}

void ConversationEnd::hear(plugin_api::Bytes body) {
  context_.counters().bytes_received.add(body.size());
  if (has_finished_ || decode_items(body, *this) || has_finished_) return;
  context_.counters().malformed.add();
  on_malformed();
}

void ConversationEnd::on_unknown_item() { context_.counters().unknown_items.add(); }

}  // namespace signaling::forwarding
