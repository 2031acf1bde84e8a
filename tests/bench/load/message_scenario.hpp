#pragma once
// What scenarios have in common whose clients send marked messages: closed load, kept up by what arrives, or open load by a
// schedule; each delivery checked and counted.

#include <cstdint>
#include <string>
#include <string_view>

#include "joined_scenario.hpp"
#include "mark.hpp"
#include "schedule.hpp"

namespace signaling::bench_load {

/// Latency: of each delivery, from when it was sent or due.
class MessageScenario : public JoinedScenario {
 public:
  /// @param event             of what arrives; other events are announcements of those who joined last
  /// @param most_outstanding  deliveries; open load beyond it is more than the server can do
  MessageScenario(Crowd& crowd, const Settings& settings, std::string_view event, std::uint64_t most_outstanding);

  void on_event(Client& client, std::string_view packet, std::int64_t now_ns) final;
  void on_turn(std::int64_t now_ns) final;
  std::int64_t next_due_ns() const final { return is_sending_ && settings_.is_open ? schedule_.due_ns() : never_ns; }
  void start(std::int64_t now_ns) final;
  void stop() final { is_sending_ = false; }
  bool is_settled() const final { return outstanding_ == 0; }
  std::uint64_t lost() const final { return outstanding_; }

 protected:
  /// Closed: the first message of a slot of a room.
  virtual void send_first(std::uint32_t room, std::uint32_t slot, std::int64_t now_ns) = 0;
  /// Open: message number `index` of all, due at that time.
  virtual void send_due(std::uint64_t index, std::int64_t due_ns) = 0;
  /// Notes the sequence, so that a gap is told once.
  virtual bool is_expected(const Client& client, const Mark& mark) = 0;
  /// After it was counted as a delivery.
  virtual void on_delivery(const Client& client, const Mark& mark, std::int64_t now_ns) = 0;

  /// Emits `["<event>",{"room":…<more>,"data":"<mark>"}]`, of which so many deliveries are to come.
  void send_marked(std::string_view more, const Mark& mark, std::uint64_t deliveries);
  bool is_sending() const { return is_sending_; }

 private:
  const std::string_view event_;
  const std::string packet_start_;
  const std::uint64_t most_outstanding_;
  std::string text_;  // of the message being written
  Schedule schedule_;
  std::uint64_t outstanding_ = 0;
  bool is_sending_ = false;
};

}  // namespace signaling::bench_load
