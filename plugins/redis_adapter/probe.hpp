#pragma once
// Does what is published reach this node? Asked of every server by a message to this node itself, on the way that all messages
// take: a subscription that is dead looks alive to TCP.

#include <cstdint>
#include <deque>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "context.hpp"
#include "outbox.hpp"

namespace signaling::redis_adapter {

class Probe {
 public:
  Probe(Context& context, Outbox& outbox) : context_(context), outbox_(outbox), server_of_(context.backend.partition_count()) {}

  void on_up(std::span<const Partition> partitions, std::string_view address);
  void on_down(std::span<const Partition> partitions);
  /// A probe came back through this partition's subscription; `number` as it was sent.
  void on_probe(Partition partition, std::string_view number);
  void tick();

  /// Everything published before (`Clock::steady_us`) on the partition's server has been heard.
  std::int64_t heard_us(Partition partition) const;
  /// Of the server that has been silent longest.
  double age_seconds() const;

 private:
  struct Sent {
    std::uint64_t number;
    std::int64_t at_us;
  };
  struct Server {
    std::vector<Partition> partitions;  ///< that it serves
    Partition partition = 0;            ///< that the probes go through
    bool is_up = false;
    std::string channel;  ///< empty: none is subscribed
    std::int64_t next_us = 0;
    std::int64_t heard_us = 0;  ///< sending of the last probe that came back
    std::deque<Sent> accepted;  ///< Redis has taken them, and they have not come back
  };
  void take_from_server(Partition partition);
  void choose_channel(Server& server);
  void send(const std::string& address, Server& server);

  Context& context_;
  Outbox& outbox_;
  std::map<std::string, Server, std::less<>> servers_;  ///< by address
  std::vector<std::string> server_of_;                  ///< partition -> address
  std::uint64_t next_number_ = 1;
  std::int64_t last_tick_us_ = 0;
};

}  // namespace signaling::redis_adapter
