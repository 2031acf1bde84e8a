#include "engine_context.hpp"

#include <utility>

#include "engine_session.hpp"
#include "polling_side.hpp"

namespace signaling::engine {

EngineContext::EngineContext(const Options& options, base::EventLoop& loop, EngineObserver& observer)
    : loop_(loop), observer_(observer), options_(options) {}

EngineContext::~EngineContext() = default;

std::size_t EngineContext::Hash::operator()(const std::unique_ptr<EngineSession>& session) const noexcept {
  return base::SidHash{}(session->sid());
}

bool EngineContext::Equal::operator()(std::string_view sid, const std::unique_ptr<EngineSession>& session) const noexcept {
  return session->sid().view() == sid;
}

EngineSession& EngineContext::add(std::unique_ptr<EngineSession> session) {
  return **sessions_.insert(std::move(session)).first;
}

EngineSession* EngineContext::find(std::string_view sid) const {
  const auto found = sessions_.find(sid);
  return found == sessions_.end() ? nullptr : found->get();
}

std::vector<EngineSession*> EngineContext::all() const {
  std::vector<EngineSession*> all;
  all.reserve(sessions_.size());
  for (const auto& session : sessions_) all.push_back(session.get());
  return all;
}

void EngineContext::flush_later(EngineSession& session) {
  to_flush_.push_back(&session);
  schedule_end_of_turn();
}

void EngineContext::close_overflowed_later(const EngineSession& session) {
  loop_.post([weak = weak_from_this(), sid = session.sid()] {
    const auto context = weak.lock();
    if (EngineSession* found = context ? context->find(sid.view()) : nullptr) found->on_overflow();
  });
}

void EngineContext::retire(EngineSession& session) {
  const auto found = sessions_.find(session.sid().view());
  if (found == sessions_.end()) return;
  retired_sessions_.push_back(std::move(sessions_.extract(found).value()));
  schedule_end_of_turn();
}

void EngineContext::retire(std::unique_ptr<PollingSide> side) {
  retired_sides_.push_back(std::move(side));
  schedule_end_of_turn();
}

void EngineContext::retire(std::unique_ptr<UpgradeProbe> probe) {
  retired_probes_.push_back(std::move(probe));
  schedule_end_of_turn();
}

void EngineContext::give_back(PayloadBuffers&& buffers) {
  constexpr std::size_t kept_bytes = 64 * 1024;  // one large upload must not pin its memory for good
  buffers.packets.clear();
  buffers.binary.clear();
  if (buffers.binary.capacity() <= kept_bytes && buffers.packets.capacity() * sizeof(buffers.packets[0]) <= kept_bytes) {
    buffers_ = std::move(buffers);
  }
}

void EngineContext::schedule_end_of_turn() {
  if (std::exchange(is_end_of_turn_scheduled_, true)) return;
  loop_.defer([weak = weak_from_this()] {
    if (const auto context = weak.lock()) context->end_turn();
  });
}

void EngineContext::end_turn() {
  is_end_of_turn_scheduled_ = false;
  // Taken before anything is flushed: what is retired from now on belongs to the next end of turn. A session retired here may
  // stand in the list to flush, never in one made later, as it takes no more messages.
  const auto probes = std::exchange(retired_probes_, {});
  const auto sides = std::exchange(retired_sides_, {});
  const auto sessions = std::exchange(retired_sessions_, {});
  flushing_.swap(to_flush_);
  for (EngineSession* session : flushing_) session->flush();
  flushing_.clear();
}

}  // namespace signaling::engine
