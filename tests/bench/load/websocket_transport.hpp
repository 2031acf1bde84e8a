#pragma once
// One WebSocket for each client, from the start: a packet is a frame.

#include <memory>

#include "deflate.hpp"
#include "frame.hpp"
#include "transport.hpp"

namespace signaling::bench_load {

class WebSocketTransport : public Transport {
 public:
  WebSocketTransport(const Settings& settings, std::vector<Client>& clients, PacketListener& listener);

  void open(Client& client) override;
  void send(Client& client, std::string_view packet) override;
  /// Sends a close frame and waits for the server's.
  void close(Client& client) override;

 private:
  void on_open(Link& link) override;
  std::size_t on_bytes(Link& link, std::string_view bytes) override;
  void on_end(Link& link, std::string_view why) override;

  std::size_t take_answer(Client& client, std::string_view input);
  void on_frame(Link& link, const ServerFrame& frame);
  void append(Client& client, Opcode opcode, std::string_view payload, bool is_deflated = false);
  void end_closed(Client& client);

  std::uint64_t random_;
  Deflater deflater_;
  std::vector<std::unique_ptr<Inflater>> inflaters_;  // by client; those that got a compressed message
};

}  // namespace signaling::bench_load
