#pragma once
// HTTP long-polling, as browsers do it, on two kept-alive connections: one poll is always open on the first; on the second,
// POSTs carry what there is to send, one at a time, several packets in each where they have waited for it.

#include "transport.hpp"

namespace signaling::bench_load {

class PollingTransport : public Transport {
 public:
  PollingTransport(const Settings& settings, std::vector<Client>& clients, PacketListener& listener);

  void open(Client& client) override;
  void send(Client& client, std::string_view packet) override;
  /// Sends a close packet and waits for the answer to that POST.
  void close(Client& client) override;
  void flush() override;

 private:
  struct Poller {
    std::string query;    ///< of its requests
    std::string packets;  ///< to be sent, separated by 0x1E
    bool is_dirty = false;
    bool is_posting = false;
    std::int64_t posted_ns = 0;  ///< when the latest POST was written
  };

  void on_open(Link& link) override;
  std::size_t on_bytes(Link& link, std::string_view bytes) override;
  void on_end(Link& link, std::string_view why) override;

  void write_poll(Client& client);
  void write_post(Client& client, Poller& poller);
  void on_poll_answer(Client& client, std::string_view payload);
  void on_packet(Client& client, std::string_view packet);
  void on_post_answer(Client& client, Link& link, bool closes);
  void mark_dirty(Client& client);

  std::vector<Poller> pollers_;  // by client
  std::vector<Client*> dirty_;   // those with packets to send
};

}  // namespace signaling::bench_load
