#include "awaited_answers.hpp"

#include <vector>

namespace signaling::socketio {

void AwaitedAnswers::add(Awaited& answer, base::TimePoint deadline) {
  const std::lock_guard lock(mutex_);
  if (is_closed_) return;
  answer.deadline_ = deadline;
  answer.previous_ = last_;
  (last_ == nullptr ? first_ : last_->next_) = &answer;
  last_ = &answer;
}

AwaitedAnswers::Claim AwaitedAnswers::claim(Awaited& answer) {
  const std::lock_guard lock(mutex_);
  if (is_closed_) return Claim::closed;
  if (answer.state_ == Awaited::State::answered) return Claim::second;
  if (answer.state_ == Awaited::State::given_up) return Claim::late;
  answer.state_ = Awaited::State::answered;
  unlink(answer);
  return Claim::first;
}

void AwaitedAnswers::tick(base::TimePoint now) {
  std::vector<base::Task> tellings;
  {
    const std::lock_guard lock(mutex_);
    for (Awaited* each = first_; each != nullptr;) {
      Awaited& answer = *each;
      each = answer.next_;
      if (answer.deadline_ > now) continue;
      answer.state_ = Awaited::State::given_up;
      unlink(answer);
      tellings.push_back(answer.give_up());
    }
  }
  for (base::Task& tell : tellings) tell();
}

void AwaitedAnswers::close() {
  const std::lock_guard lock(mutex_);
  is_closed_ = true;
  first_ = last_ = nullptr;
}

void AwaitedAnswers::unlink(Awaited& answer) noexcept {
  (answer.previous_ == nullptr ? first_ : answer.previous_->next_) = answer.next_;
  (answer.next_ == nullptr ? last_ : answer.next_->previous_) = answer.previous_;
  answer.previous_ = answer.next_ = nullptr;
}

}  // namespace signaling::socketio
