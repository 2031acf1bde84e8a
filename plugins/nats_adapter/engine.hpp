#pragma once
// The parts of the adapter on its thread: takes what the core asks and what NATS tells to the part it concerns.

#include <broker_parts/clock.hpp>
#include <cstdint>
#include <exception>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <signaling/plugin_api/adapter.hpp>
#include <signaling/plugin_api/host.hpp>

#include "connection.hpp"
#include "inbox.hpp"
#include "metrics.hpp"
#include "node_table.hpp"
#include "presence.hpp"
#include "session.hpp"
#include "settings.hpp"
#include "shared_state.hpp"
#include "stream_reader.hpp"
#include "subjects.hpp"
#include "topics.hpp"

namespace signaling::nats_adapter {

struct EngineParts {
  const Settings& settings;
  const broker_parts::Clock& clock;
  plugin_api::AdapterEvents& events;
  plugin_api::Host& host;
  Metrics& metrics;
  SharedState& shared;
  const Subjects& subjects;
  Session& session;
  NodeId self;
  NodeDescription description;
};

/// Every function on the adapter's thread.
class Engine final : private Presence::Owner, private RoomStore, private StreamReader::Listener {
 public:
  explicit Engine(const EngineParts& parts);

  void begin() { parts_.session.connect(nullptr); }
  void take(Inbox::Content& content);
  /// Every few ten milliseconds.
  void tick();
  /// Takes what this node has registered out of the stream; `has_left` is true when that is over, or cannot be done.
  void leave();
  bool has_left() const { return presence_.is_idle(); }
  /// Says good-bye and ends every operation. Nothing of the engine runs after this but its destructor. Returns the connection
  /// that is left to be closed, or null.
  std::shared_ptr<Connection> close();

  bool is_ready() const { return presence_.phase() == Presence::Phase::ready && echo_us_ != 0; }
  /// The server is there and does not let this node in. Empty: not so.
  const std::string& refusal() const noexcept { return refusal_; }

 private:
  bool is_gone(const NodeId& node) const override { return nodes_.is_gone(node); }
  void mention(const NodeId& node) override { nodes_.mention(node); }
  bool is_first() const override { return nodes_.is_first(); }
  void on_told_lost(const NodeId& node) override { on_nodes(nodes_.on_told_lost(node)); }
  void tell(std::string_view room, std::span<const plugin_api::MemberChange> changes) override;
  void write(std::uint64_t number, std::string_view room, std::string_view content, std::uint64_t expected) override;
  void read(std::uint64_t number, std::string_view room) override;
  void erase(std::uint64_t sequence) override;
  std::size_t max_bytes() const override;
  void on_beginning() override;
  void on_stream_message(std::string_view subject, std::uint64_t sequence, std::string_view data) override;
  void on_caught_up() override;
  void on_gap(std::string_view why) override;
  void answer(std::string_view subject) override;

  /// What escapes ends the handling of one thing alone.
  template <class F>
  void guard(F f) {
    try {
      f();
    } catch (const std::exception& error) {
      log(plugin_api::LogLevel::error, std::string("an error was not expected here: ") + error.what());
    }
  }
  void take_event(SessionEvent& event);
  void take_incoming(Incoming& incoming);
  void take_operation(Operation& operation);
  void on_connected(std::shared_ptr<Connection> connection);
  void drop_connection(std::string_view reason);
  void read_stream();
  void on_beat(std::string_view data);
  void on_reply(const NatsMessage& message);
  void on_nodes(const std::vector<NodeEvent>& events);
  void send_beat(Beat::Kind kind);
  void advance();
  void look_around();
  void judge_health();
  void flush_messages();
  void log(plugin_api::LogLevel level, std::string_view text) const;
  std::int64_t now_us() const { return parts_.clock.steady_us(); }

  const EngineParts parts_;
  NodeTable nodes_;
  Topics topics_;
  Presence presence_;
  StreamReader reader_;
  std::shared_ptr<Connection> connection_;
  std::vector<Connection::Handle> fixed_;  ///< subscriptions of every connection
  Connection::Handle delivery_;
  std::map<std::string, std::uint64_t, std::less<>> registrations_;  ///< tag -> place in the stream
  std::vector<plugin_api::ClusterMessage> messages_;                 ///< views into what `take` has
  std::uint64_t restored_epoch_ = 0;                                 ///< where all of this node's own stands
  bool is_leaving_ = false;
  bool was_well_ = false;
  std::string down_reason_ = "NATS has not been reached yet";
  std::string refusal_;
  std::int64_t echo_us_ = 0;  ///< when this node has last heard itself, 0: not on this connection
  std::int64_t next_beat_us_ = 0;
  std::int64_t read_again_us_ = 0;  ///< 0: no
  std::int64_t answers_until_us_ = 0;
  std::int64_t settle_until_us_ = 0;
};

}  // namespace signaling::nats_adapter
