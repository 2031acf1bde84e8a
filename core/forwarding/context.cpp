#include "context.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "conversation_end.hpp"
#include "served_request.hpp"

namespace signaling::forwarding {

Context::Context(const Options& options, const Forwarding::Environment& environment)
    : options_(options), environment_(environment), node_tag_(environment.node_tag) {
  environment_.node_tag = node_tag_;
}

Context::~Context() = default;

void Context::add(std::unique_ptr<ConversationEnd> end) {
  const ConversationEnd* key = end.get();
  ends_.emplace(key, std::move(end));
}

void Context::retire(ConversationEnd& end) {
  const auto found = ends_.find(&end);
  if (found == ends_.end()) return;
  retired_.push_back(std::move(found->second));
  ends_.erase(found);
  schedule_end_of_turn();
}

void Context::flush_later(ConversationEnd& end) {
  to_flush_.push_back(&end);
  schedule_end_of_turn();
}

void Context::start_later(ServedRequest& request) {
  to_start_.push_back(&request);
  schedule_end_of_turn();
}

std::vector<ConversationEnd*> Context::all() const {
  std::vector<ConversationEnd*> all;
  all.reserve(ends_.size());
  for (const auto& [key, end] : ends_) all.push_back(end.get());
  return all;
}

void Context::drain() {
  is_draining_ = true;
  for (ConversationEnd* end : all()) end->drain();
}

std::size_t Context::drain_some(std::size_t count, std::mt19937_64& random) {
  std::vector<ConversationEnd*> candidates;
  for (const auto& [key, end] : ends_) {
    if (end->is_left_to_drain()) candidates.push_back(end.get());
  }
  std::vector<ConversationEnd*> chosen;
  std::sample(candidates.begin(), candidates.end(), std::back_inserter(chosen), count, random);
  for (ConversationEnd* end : chosen) end->drain();
  return chosen.size();
}

void Context::lose_all() {
  for (ConversationEnd* end : all()) end->lose();
}

std::unique_ptr<ItemWriter> Context::take_writer() {
  if (writers_.empty()) return std::make_unique<ItemWriter>();
  auto writer = std::move(writers_.back());
  writers_.pop_back();
  return writer;
}

void Context::give_back(std::unique_ptr<ItemWriter> writer) {
  constexpr std::size_t kept_writers = 64;
  if (writers_.size() >= kept_writers) return;
  writer->clear();
  writers_.push_back(std::move(writer));
}

void Context::schedule_end_of_turn() {
  if (std::exchange(is_end_of_turn_scheduled_, true)) return;
  loop().defer([weak = weak_from_this()] {
    if (const auto context = weak.lock()) context->end_turn();
  });
}

void Context::end_turn() {
  is_end_of_turn_scheduled_ = false;
  // None of them is destroyed before the end of this function: what is retired stands in `retired_`.
  for (ServedRequest* request : std::exchange(to_start_, {})) request->start();
  const auto retired = std::exchange(retired_, {});
  for (ConversationEnd* end : std::exchange(to_flush_, {})) end->flush();
}

}  // namespace signaling::forwarding
