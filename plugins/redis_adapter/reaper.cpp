#include "reaper.hpp"

#include <array>

namespace signaling::redis_adapter {

struct Reaper::Job {
  Partition partition;
  std::string tag;
  std::string kind;
  std::string death;
  Callback<void(bool)> done;
};

void Reaper::reap(Partition partition, std::string tag, ReapKind kind, std::string death, Callback<void(bool)> done) {
  if (death.empty()) death.assign(16, '0');
  step(std::make_shared<Job>(
      Job{partition, std::move(tag), std::string(1, static_cast<char>(kind)), std::move(death), std::move(done)}));
}

void Reaper::step(std::shared_ptr<Job> job) {
  const std::array<std::string_view, 5> args = {job->tag, job->kind, job->death, "200", context_.is_own(job->tag) ? "1" : "0"};
  context_.eval(job->partition, context_.scripts.reap, args, [this, job](const Reply& reply) {
    if (!reply) return job->done(false);
    const long long taken = number_at(reply.value, 0);
    if (taken <= 0) return job->done(true);
    context_.metrics.reaped.add(static_cast<double>(taken));
    step(job);
  });
}

}  // namespace signaling::redis_adapter
