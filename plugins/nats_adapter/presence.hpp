#pragma once
// Who is in which room.
//
// A room is one subject of the stream, and the subject's last message says all of it. Whoever changes a room writes it anew,
// and the stream takes the message only if the one before is still the one that the writer knew: so changes have one order,
// and what an operation is answered was true at its place in it. An operation that changes nothing is answered from a read.
// Operations on one room are carried out in the order of their calls, those that wait together in one write.
//
// Every node is delivered the whole stream and keeps the rooms; what it has registered itself it puts back where it is missing,
// and the members of nodes that are gone it takes out.

#include <broker_parts/clock.hpp>
#include <broker_parts/operation.hpp>
#include <broker_parts/text_map.hpp>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <signaling/plugin_api/adapter.hpp>
#include <signaling/plugin_api/host.hpp>

#include "metrics.hpp"
#include "node_id.hpp"
#include "own_entries.hpp"
#include "room.hpp"
#include "settings.hpp"

namespace signaling::nats_adapter {

using broker_parts::Operation;
using broker_parts::TextMap;

/// The way to the stream. Answers come later, by `Presence::on_written` and `on_read` with the number of the request, or never.
class RoomStore {
 public:
  /// @param expected  place of the room's last message, 0: none
  virtual void write(std::uint64_t number, std::string_view room, std::string_view content, std::uint64_t expected) = 0;
  virtual void read(std::uint64_t number, std::string_view room) = 0;
  /// No answer.
  virtual void erase(std::uint64_t sequence) = 0;
  /// What one message may hold.
  virtual std::size_t max_bytes() const = 0;

 protected:
  ~RoomStore() = default;
};

/// What became of a write.
struct Written {
  enum class Kind : std::uint8_t {
    ok,
    conflict,  ///< the room has another last message
    full,      ///< the stream takes no more
    failed,    ///< not known whether it happened
  } kind;
  std::uint64_t sequence = 0;  ///< ok: place in the stream
};

/// What a read found: `sequence` 0: no such room.
struct ReadResult {
  std::uint64_t sequence = 0;
  Room room;
};

class Presence {
 public:
  /// What it has to know of the nodes, and whom it tells.
  class Owner {
   public:
    virtual bool is_gone(const NodeId& node) const = 0;
    virtual void mention(const NodeId& node) = 0;
    virtual bool is_first() const = 0;
    /// Another node says so, by taking its members out; before the changes are told.
    virtual void on_told_lost(const NodeId& node) = 0;
    virtual void tell(std::string_view room, std::span<const plugin_api::MemberChange> changes) = 0;

   protected:
    ~Owner() = default;
  };
  struct Parts {
    const Settings& settings;
    const broker_parts::Clock& clock;
    Metrics& metrics;
    plugin_api::Host& host;
    NodeId self;
    RoomStore& store;
    Owner& owner;
  };
  enum class Phase : std::uint8_t {
    away,       ///< nothing can be written
    restoring,  ///< the stream has been read up to its end: what is this node's own is put back
    ready,
  };

  explicit Presence(const Parts& parts) : parts_(parts) {}
  ~Presence();

  /// put, remove, list. The handler is told once, whatever happens.
  void submit(Operation&& operation);
  /// A message of the stream says nothing new: it is this node's own, most of the time.
  bool is_known(std::string_view name, std::uint64_t sequence) const;
  /// A message of the stream.
  void on_room(std::string name, std::uint64_t sequence, Room room);
  void on_written(std::uint64_t number, const Written& written);
  void on_read(std::uint64_t number, ReadResult result);
  /// No answer, or one that means nothing: it is done again.
  void on_read_failed(std::uint64_t number);
  /// Whether the request of that number is a read.
  bool is_reading(std::uint64_t number) const;

  /// `away` begins a gap: from there on changes are not told one by one. `ready` ends it: they are told by comparison.
  void set_phase(Phase phase);
  Phase phase() const noexcept { return phase_; }
  /// The stream is another one, or has lost its end: it is delivered from its beginning.
  void forget_rooms();
  /// Everything of this node that is missing has been put back.
  bool is_restored() const noexcept { return internal_count_ == 0; }
  /// Place in the stream of the last message of this node.
  std::uint64_t last_written() const noexcept { return last_written_; }

  /// A node is gone: its members are taken out, at once of the rooms that concern this node.
  void reap();
  /// Time limits, tombstones, and now and then what `reap` left to others. Every few ten milliseconds.
  void tick();
  /// Takes everything of this node out, and refuses what is not under way; until `is_idle()`.
  void leave();
  bool is_idle() const noexcept { return phase_ == Phase::away || works_.empty(); }
  /// Tells every handler that waits, and all that come later.
  void close(plugin_api::Status status);

  const OwnEntries& own() const noexcept { return own_; }
  std::size_t room_count() const noexcept { return rooms_.size(); }

 private:
  using RoomPtr = std::shared_ptr<const Room>;
  struct Kept {
    std::uint64_t version = 0;
    RoomPtr room;
  };
  struct Pending {
    RoomOperation operation;
    plugin_api::PresenceHandler* handler = nullptr;  ///< null: told already, or the adapter's own
    std::int64_t began_us = 0;
    std::int64_t deadline_us = 0;
    bool is_bound_asked = true;  ///< the application's bound counts, not that of the configuration
  };
  struct Work {
    enum class State : std::uint8_t { idle, reading, writing } state = State::idle;
    std::deque<Pending> internal;  ///< the adapter's own, first
    std::deque<Pending> asked;
    std::uint64_t number = 0;  ///< of the request under way
    std::int64_t since_us = 0;
    std::size_t internal_taken = 0;  ///< those that the request is for
    std::size_t asked_taken = 0;
    std::size_t limit = max_batch;  ///< how many may go together
    RoomPtr base;
    RoomPtr next;            ///< what they make of it
    RoomResult result = {};  ///< of the last of them
    std::int64_t wall_us = 0;
  };
  static constexpr std::size_t max_batch = 512;

  void run(const std::string& name);
  void start(const std::string& name, Work& work, const Kept& base, bool is_fresh);
  void read(const std::string& name, Work& work);
  void commit(const std::string& name, Work& work);
  void refuse_first(const std::string& name, Work& work, plugin_api::Status status);
  void finish_work(const std::string& name, Work& work);
  void drop_told(Work& work);
  void complete(const std::string& name, Pending& pending, const Room& room, const RoomResult& result);
  void adopt(const std::string& name, std::uint64_t version, RoomPtr room);
  void tell_changes(const std::string& name, const Room& before, const Room& after);
  void tell_gap();
  void reconcile(const std::string& name);
  void add_internal(const std::string& name, RoomOperation operation);
  void reap_room(const std::string& name, const Room& room);
  void forget_tombstones();
  bool concerns_this_node(std::string_view room) const { return own_.room(room) != nullptr; }
  const Kept& kept(const std::string& name) const;
  void finish(Pending& pending, plugin_api::Status status, std::uint64_t mark = 0, bool existed = false,
              std::span<const plugin_api::PresenceEntry> others = {});

  const Parts parts_;
  Phase phase_ = Phase::away;
  TextMap<Kept> rooms_;
  OwnEntries own_;
  TextMap<Work> works_;
  std::map<std::uint64_t, std::string> requests_;  ///< number -> room
  TextMap<RoomPtr> before_gap_;                    ///< the rooms of this node's members, as they were told
  struct Tombstone {
    std::string room;
    std::uint64_t version;
    std::int64_t since_us;
  };
  std::deque<Tombstone> tombstones_;
  std::uint64_t next_number_ = 1;
  std::uint64_t last_written_ = 0;
  std::size_t asked_count_ = 0;
  std::size_t internal_count_ = 0;
  std::int64_t next_look_us_ = 0;
  std::int64_t next_reap_us_ = 0;
  bool has_to_reap_ = false;
  bool is_leaving_ = false;
  bool is_closed_ = false;
  plugin_api::Status closed_status_ = plugin_api::Status::closed;
  std::vector<plugin_api::PresenceEntry> entries_;  ///< reused
};

}  // namespace signaling::nats_adapter
