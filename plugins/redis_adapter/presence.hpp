#pragma once
// Presence operations: one script each, in the order of their calls for each partition; they wait while the partition is being
// restored or this node does not know whether its lease still holds.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "context.hpp"
#include "inbox.hpp"
#include "partition_state.hpp"

namespace signaling::redis_adapter {

class Presence {
 public:
  /// What presence asks of the rest.
  class Owner {
   public:
    /// The registration of this node is known to hold.
    virtual bool is_lease_sure() const = 0;
    /// A script said that the partition is not open under the run id this node knows, but under another, or not at all.
    virtual void on_epoch_lost(Partition partition, bool is_other) = 0;
    virtual void on_settling(Partition partition, long long ms) = 0;
    /// Entries of this node are being taken, or were: it was taken for lost at `death`.
    virtual void on_fenced(Partition partition, std::string_view death) = 0;

   protected:
    ~Owner() = default;
  };

  Presence(Context& context, PartitionStates& partitions, Owner& owner)
      : context_(context), partitions_(partitions), owner_(owner), waiting_(partitions.size()) {}
  ~Presence();

  /// The handler is told once, whatever happens.
  void submit(Operation&& operation);
  /// Sends what waits, where nothing holds it back.
  void drain(Partition partition);
  void drain_all();
  /// Ends what has waited too long.
  void tick();
  void on_down(Partition partition);
  /// Everything that waits, and everything that comes, is told `status`.
  void close(plugin_api::Status status);

  std::size_t waiting_count() const noexcept { return waiting_count_; }
  std::size_t in_flight() const noexcept { return in_flight_; }

 private:
  /// Between submit and the call of its handler.
  struct Pending {
    Operation operation;
    std::uint64_t number = 0;
    std::int64_t began_us = 0;
    std::int64_t deadline_us = 0;
  };
  using Queue = std::map<std::uint64_t, Pending>;  ///< by number: what a script refused goes back to its place

  bool may_send(Partition partition) const;
  void send(Partition partition, Pending&& pending);
  void on_reply(Partition partition, Pending& pending, const Reply& reply);
  void on_failure(Partition partition, Pending& pending, const Reply& reply);
  void wait(Partition partition, Pending&& pending);
  void finish_all(Queue& queue, plugin_api::Status status);
  void finish(Pending& pending, plugin_api::Status status, std::uint64_t mark = 0, bool existed = false,
              std::span<const plugin_api::PresenceEntry> others = {});

  Context& context_;
  PartitionStates& partitions_;
  Owner& owner_;
  std::vector<Queue> waiting_;
  std::size_t waiting_count_ = 0;
  std::size_t in_flight_ = 0;
  std::uint64_t next_number_ = 1;
  bool is_closed_ = false;
  plugin_api::Status closed_status_ = plugin_api::Status::closed;
};

}  // namespace signaling::redis_adapter
