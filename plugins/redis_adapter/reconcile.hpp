#pragma once
// Makes a partition ready: opens it, and makes what stands there under this node's tag equal to what this node has.

#include <memory>
#include <string>
#include <vector>

#include "context.hpp"
#include "partition_state.hpp"
#include "reaper.hpp"

namespace signaling::redis_adapter {

class Reconcile {
 public:
  class Listener {
   public:
    /// The partition is open; `is_new_epoch`: the server began anew or lost its data since this node
    /// last opened it.
    virtual void on_opened(Partition partition, bool is_new_epoch) = 0;
    virtual void on_ready(Partition partition) = 0;
    /// Tags of the other nodes, as far as they are known and not known to be dead.
    virtual std::vector<std::string> others() const = 0;

   protected:
    ~Listener() = default;
  };

  Reconcile(Context& context, PartitionStates& partitions, Reaper& reaper, Listener& listener)
      : context_(context), partitions_(partitions), reaper_(reaper), listener_(listener) {}

  /// From the beginning, whatever was under way. The partition is up.
  void begin(Partition partition);
  /// Nothing that is under way counts any more.
  void abandon(Partition partition);
  /// Settling again, as another node asked for (milliseconds).
  void settle(Partition partition, long long ms);
  void tick();

 private:
  struct Run;
  using RunPtr = std::shared_ptr<Run>;

  PartitionState& state(Partition partition) { return partitions_[partition]; }
  bool is_stale(const Run& run) const;
  /// True where the step went well; else the run is over or begins anew.
  bool check(const RunPtr& run, const Reply& reply);
  void open(const RunPtr& run);
  void on_opened(const RunPtr& run, std::int64_t received_us, const Reply& reply);
  void take_own(const RunPtr& run);
  void restore(const RunPtr& run);
  void on_restored(const RunPtr& run, const Reply& reply);
  void scan(const RunPtr& run);
  void on_scanned(const RunPtr& run, const Reply& reply);
  void finish(const RunPtr& run);
  /// Says that this node has restored its entries, and whether the others have. Nobody is shown a list before: who was shown
  /// one without an entry that comes later would never be told of it.
  void ask_for_others(Partition partition);
  void on_others(Partition partition, const Reply& reply);
  void become_ready(Partition partition);

  Context& context_;
  PartitionStates& partitions_;
  Reaper& reaper_;
  Listener& listener_;
};

}  // namespace signaling::redis_adapter
