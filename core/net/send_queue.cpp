#include "send_queue.hpp"

#include <utility>

namespace signaling::net {
namespace {

constexpr std::size_t max_pooled_lists = 1024;
constexpr std::size_t max_pooled_capacity = 256;
constexpr std::size_t compact_from = 64;

iovec piece(std::string_view bytes) noexcept { return {const_cast<char*>(bytes.data()), bytes.size()}; }

}  // namespace

std::unique_ptr<FrameListPool::List> FrameListPool::take() {
  if (lists_.empty()) return std::make_unique<List>();
  std::unique_ptr<List> list = std::move(lists_.back());
  lists_.pop_back();
  return list;
}

void FrameListPool::give_back(std::unique_ptr<List> list) noexcept {
  list->frames.clear();
  list->next = 0;
  if (lists_.size() < max_pooled_lists && list->frames.capacity() <= max_pooled_capacity) lists_.push_back(std::move(list));
}

void SendQueue::push_text(std::string&& text) {
  if (text.empty()) return;
  bytes_ += text.size();
  if (text_ == nullptr) {
    text_ = std::make_unique<std::string>(std::move(text));
  } else {
    text_->append(text);
  }
}

void SendQueue::push(protocol::MessagePtr frame, FrameListPool& pool) {
  bytes_ += frame->frame().size();
  if (!first_) {
    first_ = std::move(frame);
    return;
  }
  if (more_ == nullptr) more_ = pool.take();
  more_->frames.push_back(std::move(frame));
}

std::size_t SendQueue::gather(std::span<iovec> out) const noexcept {
  std::size_t count = 0;
  const auto add = [&](std::string_view bytes) { out[count] = piece(bytes.substr(count == 0 ? offset_ : 0)), ++count; };
  if (text_ != nullptr) add(*text_);
  if (first_ && count < out.size()) add(first_->frame());
  if (more_ != nullptr) {
    for (std::size_t i = more_->next; i < more_->frames.size() && count < out.size(); ++i) add(more_->frames[i]->frame());
  }
  return count;
}

void SendQueue::consume(std::size_t size, FrameListPool& pool) noexcept {
  bytes_ -= size;
  size += offset_;  // now counted from the beginning of the front piece
  if (text_ != nullptr) {
    if (size < text_->size()) {
      offset_ = size;
      return;
    }
    size -= text_->size();
    text_.reset();
  }
  while (first_ && size >= first_->frame().size()) {
    size -= first_->frame().size();
    drop_front_frame(pool);
  }
  offset_ = size;
}

void SendQueue::drop_front_frame(FrameListPool& pool) noexcept {
  first_ = protocol::MessagePtr();
  if (more_ == nullptr) return;
  auto& frames = more_->frames;
  first_ = std::move(frames[more_->next++]);
  if (more_->next == frames.size()) {
    pool.give_back(std::move(more_));
  } else if (more_->next >= compact_from && more_->next * 2 > frames.size()) {
    // A peer that reads slowly but steadily never empties the list: give back what is sent.
    frames.erase(frames.begin(), frames.begin() + static_cast<std::ptrdiff_t>(more_->next));
    more_->next = 0;
  }
}

void SendQueue::clear(FrameListPool& pool) noexcept {
  text_.reset();
  first_ = protocol::MessagePtr();
  if (more_ != nullptr) pool.give_back(std::move(more_));
  offset_ = bytes_ = 0;
}

}  // namespace signaling::net
