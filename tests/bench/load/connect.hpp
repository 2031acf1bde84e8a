#pragma once
// Clients that come and go: TCP, handshake, CONNECT, orderly close, again.

#include <vector>

#include "scenario.hpp"

namespace signaling::bench_load {

/// Operations: connections closed after CONNECT was answered. Latency: from TCP's begin to the answer to CONNECT.
class Connect : public Scenario {
 public:
  using Scenario::Scenario;

  void on_ready(Client& client) override;
  void on_closed(Client& client) override;
  bool is_prepared() const override { return true; }
  void on_turn(std::int64_t now_ns) override;
  void start(std::int64_t now_ns) override;
  void stop() override { is_running_ = false; }
  bool is_settled() const override { return open_ == 0; }
  std::uint64_t lost() const override { return open_; }

 private:
  std::vector<Client*> waiting_;  // to be opened when the turn is over: its events may still name the old connection
  std::uint64_t open_ = 0;
  bool is_running_ = false;
};

}  // namespace signaling::bench_load
