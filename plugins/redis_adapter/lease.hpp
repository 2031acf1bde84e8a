#pragma once
// This node's registration, renewed with every beat, and what the beats tell of the others.

#include <cstdint>
#include <string>
#include <string_view>

#include "context.hpp"
#include "node_table.hpp"

namespace signaling::redis_adapter {

class Lease {
 public:
  class Listener {
   public:
    /// The others changed: events for the core, and dead nodes whose entries have to be taken.
    virtual void on_nodes(const NodeTable::Changes& changes) = 0;
    /// This node is registered (again) and may change presence.
    virtual void on_registered() = 0;
    /// This node had been taken for lost at `death`: its entries are gone, or will be.
    virtual void on_own_death(std::string_view death) = 0;
    /// The others should look at once.
    virtual void on_news() = 0;
    /// Partition 0 is not open under its run id, but under another, or not at all.
    virtual void on_registry_closed(bool is_other) = 0;

   protected:
    ~Listener() = default;
  };

  Lease(Context& context, std::string description, Listener& listener)
      : context_(context), description_(std::move(description)), listener_(listener), table_(context.tag) {}

  /// Partition 0 is open. `is_new_epoch`: its registry may be empty.
  void on_opened(std::string_view run_id, bool is_new_epoch);
  void on_down() { is_open_ = false; }
  void tick();
  /// As soon as possible.
  void beat_soon() { next_beat_us_ = 0; }
  /// Removes the registration; `done` once Redis has said so, or cannot.
  void leave(Callback<void()> done);

  bool is_sure() const;
  bool is_taken() const noexcept { return is_taken_; }
  const NodeTable& table() const noexcept { return table_; }
  /// The node list is of this partition-0 epoch and no older than two beats.
  bool is_fresh() const;

 private:
  void beat();
  void on_beat(std::int64_t sent_us, const Reply& reply);

  Context& context_;
  const std::string description_;
  Listener& listener_;
  NodeTable table_;
  std::string run_id_;
  bool is_open_ = false;
  bool is_leaving_ = false;
  bool is_beating_ = false;
  bool was_registered_ = false;  ///< the registry, if it is the same, knows this node
  bool is_registered_ = false;
  bool is_reviving_ = false;
  bool is_taken_ = false;
  std::int64_t last_good_us_ = 0;  ///< when the last beat that renewed the registration was sent
  std::int64_t last_beat_us_ = 0;
  std::int64_t next_beat_us_ = 0;
  std::uint64_t epoch_ = 1;
  std::int64_t epoch_since_us_ = 0;
};

}  // namespace signaling::redis_adapter
