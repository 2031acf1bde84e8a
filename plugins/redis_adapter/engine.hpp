#pragma once
// The parts of the adapter on its thread: takes what the core asks and what the backend tells to the part it concerns.

#include <atomic>
#include <broker_parts/clock.hpp>
#include <broker_parts/text_map.hpp>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "backend.hpp"
#include "change_log.hpp"
#include "context.hpp"
#include "counters.hpp"
#include "gap.hpp"
#include "inbox.hpp"
#include "lease.hpp"
#include "outbox.hpp"
#include "partition_state.hpp"
#include "presence.hpp"
#include "probe.hpp"
#include "reaper.hpp"
#include "reconcile.hpp"
#include "shared_state.hpp"
#include "topics.hpp"

namespace signaling::redis_adapter {

struct EngineParts {
  Backend& backend;
  const Settings& settings;
  const Clock& clock;
  plugin_api::AdapterEvents& events;
  plugin_api::Host& host;
  Metrics& metrics;
  SharedState& shared;
  std::string tag;
  std::string incarnation;
  NodeDescription self;
};

/// Every function on the adapter's thread. The backend's observer forwards to the engine, since the backend is made first.
class Engine final : private Presence::Owner, private ChangeLog::Owner, private Reconcile::Listener, private Lease::Listener {
 public:
  explicit Engine(const EngineParts& parts);
  ~Engine();

  void begin();
  /// All operations of one turn, then what they publish goes out.
  void take(std::vector<Operation>& operations);
  /// Every few ten milliseconds.
  void tick();
  /// Takes own entries and registration away; `done` is called once that is over, at the deadline at the latest.
  void leave(std::int64_t deadline_us, Callback<void()> done);
  /// Ends every operation that is still under way. Nothing of the engine runs after this but its destructor.
  void close();

  void on_up(std::span<const Partition> partitions, const ServerIdentity& server);
  void on_down(std::span<const Partition> partitions, std::string_view reason);
  void on_message(Partition partition, std::string_view channel, std::string_view payload);

  bool is_ready() const;

 private:
  bool is_lease_sure() const override { return lease_.is_sure(); }
  void on_epoch_lost(Partition partition, bool is_other) override;
  bool is_known_alive(std::string_view tag) const override {
    return lease_.table().standing(tag) == NodeTable::Standing::alive;
  }
  void on_loss_read() override { lease_.beat_soon(); }
  void on_settling(Partition partition, long long ms) override { reconcile_.settle(partition, ms); }
  void on_fenced(Partition partition, std::string_view death) override;
  void on_opened(Partition partition, bool is_new_epoch) override;
  void on_ready(Partition partition) override;
  std::vector<std::string> others() const override;
  void on_nodes(const NodeTable::Changes& changes) override;
  void on_registered() override;
  void on_own_death(std::string_view death) override;
  void on_news() override;
  void on_registry_closed(bool is_other) override;

  void take_one(Operation& operation);
  void deliver(Partition partition, std::string_view channel, const Envelope& envelope, std::size_t bytes);
  void take_entries_of(const DeadNode& node);
  void reap(Partition partition, const std::string& tag, std::string death);
  void catch_up(Partition partition);
  void check_owners(Partition partition);
  void on_owners(Partition partition, const Reply& reply);
  void drop_old_doubts();
  void publish_nodes();
  void judge_health();
  void update_metrics();
  void check_left();
  void finish_leaving();

  SharedState& shared_;
  const Scripts scripts_;
  const Names names_;
  const NodeDescription self_;
  Context context_;
  PartitionStates partitions_;
  Outbox outbox_;
  Topics topics_;
  Reaper reaper_;
  ChangeLog change_log_;
  Gap gap_;
  Reconcile reconcile_;
  Lease lease_;
  Presence presence_;
  Probe probe_;
  Counters counters_;
  BackendStats last_stats_;
  std::vector<plugin_api::ClusterMessage> messages_;    ///< reused
  broker_parts::TextMap<std::int64_t> unknown_owners_;  ///< tag -> when it was first seen
  std::string down_reason_ = "Redis has not been reached yet";
  std::int64_t next_metrics_us_ = 0;
  std::int64_t next_owner_check_us_ = 0;
  std::int64_t watch_logs_until_us_ = 0;
  std::int64_t next_log_read_us_ = 0;
  bool was_well_ = false;
  bool is_leaving_ = false;
  bool leaves_registry_ = false;
  std::size_t leaving_steps_ = 0;
  std::int64_t leave_deadline_us_ = 0;
  Callback<void()> left_;
};

}  // namespace signaling::redis_adapter
