#pragma once
// Which master a command goes to, and what becomes of one that a server would not take.

#include <deque>
#include <memory>
#include <set>
#include <string_view>
#include <vector>

#include "deferred.hpp"
#include "request.hpp"
#include "server_link.hpp"

namespace signaling::redis_adapter {

class RouterHost {
 public:
  /// The master of the partition, nullptr where none is known.
  virtual ServerLink* owner(Partition partition) noexcept = 0;
  /// The master at that address, nullptr where there is none.
  virtual ServerLink* link_at(const ServerAddress& address) noexcept = 0;
  /// `link` has answered that another server has the partition.
  virtual void on_moved(ServerLink& link, Partition partition, const ServerAddress& target) = 0;
  /// `link` has answered that it is cut off from its cluster.
  virtual void on_cluster_down(ServerLink& link) = 0;

 protected:
  ~RouterHost() = default;
};

/// Keeps the order of the commands of each partition: as soon as one of them has to be tried again, those behind it are held
/// back until it can be.
class CommandRouter {
 public:
  enum class Service : std::uint8_t {
    down,    ///< new commands are refused; those held already wait for their deadline
    moving,  ///< to another living master: commands are held
    up,
  };

  CommandRouter(Environment& environment, RouterHost& host, Deferred& deferred, std::uint32_t partition_count);

  void submit(Request&& request);
  void set_service(Partition partition, Service service);
  void on_answer(ServerLink& link, Request&& request, redisReply& reply);
  void on_unanswered(Request&& request, bool is_sent);
  void on_late(Request& request);
  /// Everything held is told `away`.
  void stop();

 private:
  struct State {
    Service service = Service::down;
    std::size_t in_flight = 0;
    const ServerLink* in_flight_on = nullptr;  ///< all of them are on one link: another might be faster
    bool is_holding = false;
    std::deque<Request> held;  ///< by sequence
    TimePoint not_before{};
    std::chrono::milliseconds delay{0};

    bool may_send(const ServerLink& link) const noexcept { return in_flight == 0 || in_flight_on == &link; }
  };

  void send(State& state, ServerLink& link, Request&& request);
  void hold(State& state, Request&& request);
  void hold_after_error(State& state, Request&& request, std::string_view text, std::chrono::milliseconds delay);
  void release(Partition partition);
  void schedule_tick();
  void tick();
  void expire(State& state, TimePoint now);
  void refuse(ReplyHandler handler, Outcome outcome, std::string_view text);
  void complete(Request& request, const Reply& reply);

  Environment& environment_;
  RouterHost& host_;
  Deferred& deferred_;
  std::vector<State> states_;
  std::set<Partition> holding_;
  std::size_t held_bytes_ = 0;  ///< of all partitions: bounded like the queue of a connection
  std::uint64_t next_sequence_ = 0;
  std::shared_ptr<asio::steady_timer> tick_;  ///< nullptr while nothing is held
};

}  // namespace signaling::redis_adapter
