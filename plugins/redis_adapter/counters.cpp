#include "counters.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

namespace signaling::redis_adapter {

using plugin_api::CounterLevel;
using plugin_api::Status;

namespace {

std::string decimal(double number) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof(text), number).ptr};
}

Status status_of(Outcome outcome) noexcept {
  switch (outcome) {
    case Outcome::ok: return Status::ok;
    case Outcome::full: return Status::too_many;
    case Outcome::lost:
    case Outcome::timeout: return Status::timeout;
    case Outcome::away:
    case Outcome::server: break;  // an error of the server: nothing was taken, or it would have gone through
  }
  return Status::unavailable;
}

/// `1` or `0` for whether it was taken, then the level.
CounterLevel parse(std::string_view text) {
  CounterLevel level;
  if (text.size() < 2) return {Status::unavailable, false, 0};
  level.is_taken = text.front() == '1';
  const auto [end, error] = std::from_chars(text.data() + 1, text.data() + text.size(), level.level);
  if (error != std::errc{} || end != text.data() + text.size()) return {Status::unavailable, false, 0};
  return level;
}

}  // namespace

std::size_t CounterBatch::bytes() const noexcept {
  std::size_t bytes = sizeof(CounterBatch) + takes.size() * sizeof(Take);
  for (const Take& take : takes) bytes += take.key.size();
  return bytes;
}

void CounterBatch::answer_all(Status status) {
  const std::vector<CounterLevel> levels(takes.size(), CounterLevel{status, false, 0});
  handler->on_levels(levels);
  handler->release();
}

/// The batch whose partitions answer one after another.
struct Counters::Asked {
  std::unique_ptr<CounterBatch> batch;
  std::vector<CounterLevel> levels;
  std::size_t missing = 0;
};

void Counters::submit(std::unique_ptr<CounterBatch> batch) {
  if (context_.now_us() >= batch->deadline_us) return batch->answer_all(Status::timeout);
  // In order of the partitions, and in each of the calls: all that one server carries out goes out together.
  std::map<Partition, std::vector<std::uint32_t>> by_partition;
  for (std::uint32_t i = 0; i < batch->takes.size(); ++i) {
    by_partition[context_.backend.partition_of(batch->takes[i].key)].push_back(i);
  }
  const auto asked = std::make_shared<Asked>();
  asked->levels.assign(batch->takes.size(), CounterLevel{Status::unavailable, false, 0});
  asked->missing = batch->takes.size();
  asked->batch = std::move(batch);
  for (auto& [partition, all] : by_partition) {
    for (std::size_t at = 0; at < all.size(); at += max_takes_of_script) {
      const auto begin = all.begin() + static_cast<std::ptrdiff_t>(at);
      const auto end = all.begin() + static_cast<std::ptrdiff_t>(std::min(at + max_takes_of_script, all.size()));
      ask(partition, {begin, end}, asked);
    }
  }
}

void Counters::ask(Partition partition, std::vector<std::uint32_t> which, const std::shared_ptr<Asked>& asked) {
  std::vector<std::string> texts;
  texts.reserve(which.size() * 3);
  std::vector<std::string_view> args;
  for (const std::uint32_t i : which) {
    const CounterBatch::Take& take = asked->batch->takes[i];
    args.push_back(take.key);
    for (const double number : {take.amount, take.rate, take.limit}) args.push_back(texts.emplace_back(decimal(number)));
  }
  // At least a millisecond is left: see submit.
  const std::chrono::milliseconds left((asked->batch->deadline_us - context_.now_us()) / us_per_ms + 1);
  context_.eval_within(left, partition, context_.scripts.count, args, [asked, which = std::move(which)](const Reply& reply) {
    for (std::size_t i = 0; i < which.size(); ++i) {
      asked->levels[which[i]] = reply ? parse(text_at(reply.value, i)) : CounterLevel{status_of(reply.outcome), false, 0};
    }
    asked->missing -= which.size();
    if (asked->missing != 0) return;
    asked->batch->handler->on_levels(asked->levels);
    asked->batch->handler->release();
  });
}

}  // namespace signaling::redis_adapter
