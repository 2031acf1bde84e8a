#pragma once
// What the sessions of one engine share, and the table that owns them.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include <signaling/base/event_loop.hpp>
#include <signaling/base/sid.hpp>
#include <signaling/engine/engine.hpp>
#include <signaling/engine/options.hpp>
#include <signaling/protocol/engine_payload.hpp>
#include <signaling/protocol/outbound_message.hpp>

namespace signaling::engine {

class EngineSession;
class PollingSide;
class UpgradeProbe;

/// One loop, one thread. Owned by the engine through a shared_ptr, so that tasks still on the loop find out that it is gone.
class EngineContext : public std::enable_shared_from_this<EngineContext> {
 public:
  EngineContext(const Options& options, base::EventLoop& loop, EngineObserver& observer);
  ~EngineContext();

  base::EventLoop& loop() const noexcept { return loop_; }
  EngineObserver& observer() const noexcept { return observer_; }
  const Options& options() const noexcept { return options_; }
  void set_options(const Options& options) { options_ = options; }
  const protocol::MessagePtr& ping() const noexcept { return ping_; }
  const protocol::MessagePtr& probe_answer() const noexcept { return probe_answer_; }

  EngineSession& add(std::unique_ptr<EngineSession> session);
  EngineSession* find(std::string_view sid) const;
  std::size_t size() const noexcept { return sessions_.size(); }
  /// Snapshot; the sessions stay valid until the end of the turn.
  std::vector<EngineSession*> all() const;

  /// Once, at the end of this turn: whatever the handlers of the turn queue goes out in one poll answer.
  void flush_later(EngineSession& session);
  /// On a later turn, if the session is still there then.
  void close_overflowed_later(const EngineSession& session);
  /// Out of the table now, destroyed at the end of the turn: its own functions may be on the stack. All three.
  void retire(EngineSession& session);
  void retire(std::unique_ptr<PollingSide> side);
  void retire(std::unique_ptr<UpgradeProbe> probe);

  /// Buffers for one POST, kept for the next. Taken out while in use: handlers may lead to another request.
  struct PayloadBuffers {
    std::vector<protocol::EnginePacketView> packets;
    std::string binary;
  };
  PayloadBuffers take_buffers() { return std::exchange(buffers_, {}); }
  void give_back(PayloadBuffers&& buffers);

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view sid) const noexcept { return base::SidHash{}(sid); }
    std::size_t operator()(const std::unique_ptr<EngineSession>& session) const noexcept;
  };
  struct Equal {
    using is_transparent = void;
    bool operator()(const std::unique_ptr<EngineSession>& a, const std::unique_ptr<EngineSession>& b) const noexcept {
      return a == b;
    }
    bool operator()(std::string_view sid, const std::unique_ptr<EngineSession>& session) const noexcept;
    bool operator()(const std::unique_ptr<EngineSession>& session, std::string_view sid) const noexcept {
      return (*this)(sid, session);
    }
  };

  void schedule_end_of_turn();
  void end_turn();

  base::EventLoop& loop_;
  EngineObserver& observer_;
  Options options_;
  protocol::MessagePtr ping_ = protocol::MessagePtr::text("2");
  protocol::MessagePtr probe_answer_ = protocol::MessagePtr::text("3probe");
  PayloadBuffers buffers_;
  bool is_end_of_turn_scheduled_ = false;
  std::vector<EngineSession*> to_flush_;
  std::vector<EngineSession*> flushing_;
  std::vector<std::unique_ptr<UpgradeProbe>> retired_probes_;
  std::vector<std::unique_ptr<PollingSide>> retired_sides_;
  std::vector<std::unique_ptr<EngineSession>> retired_sessions_;
  std::unordered_set<std::unique_ptr<EngineSession>, Hash, Equal> sessions_;
};

}  // namespace signaling::engine
