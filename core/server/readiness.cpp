#include <utility>

#include <signaling/server/readiness.hpp>

namespace signaling::server {

void Readiness::add_check(Check check) {
  const std::lock_guard lock(mutex_);
  checks_.push_back(std::move(check));
}

void Readiness::clear_checks() {
  const std::lock_guard lock(mutex_);
  checks_.clear();
}

Readiness::Report Readiness::report() const {
  Report report{Status::ready, {}};
  {
    const std::lock_guard lock(mutex_);
    for (const Check& check : checks_) check(report.reasons);
  }
  if (!report.reasons.empty())
    report.status = ready_when_degraded_.load(std::memory_order_relaxed) ? Status::degraded : Status::unavailable;
  if (const Phase now = phase(); now != Phase::ready) {
    report.status = Status::unavailable;
    report.reasons.emplace(report.reasons.begin(), now == Phase::starting ? "starting" : "draining");
  }
  return report;
}

std::string_view to_string(Readiness::Status status) noexcept {
  switch (status) {
    case Readiness::Status::ready: return "ready";
    case Readiness::Status::degraded: return "degraded";
    case Readiness::Status::unavailable: break;
  }
  return "unavailable";
}

}  // namespace signaling::server
