#pragma once
// The end of a run over polling: every session is closed in an orderly way. A server that only loses their connections may keep
// them until their ping is overdue, as members of rooms that the next run has too.

#include <cstddef>

#include "crowd.hpp"

namespace signaling::bench_load {

class Leaving : public Listener {
 public:
  /// Closes those that are ready. @param crowd  outlives this
  explicit Leaving(Crowd& crowd) {
    for (Client& client : crowd.clients()) {
      if (client.phase != Phase::ready) continue;
      ++left_;
      crowd.close(client);
    }
    crowd.flush();
  }

  void on_ready(Client&) override {}
  void on_event(Client&, std::string_view, std::int64_t) override {}
  void on_ack(Client&, std::uint32_t, std::string_view, std::int64_t) override {}
  void on_closed(Client&) override { --left_; }

  bool is_done() const { return left_ == 0; }

 private:
  std::size_t left_ = 0;
};

}  // namespace signaling::bench_load
