#include "transport.hpp"

#include <cstring>

#include "polling_transport.hpp"
#include "websocket_transport.hpp"

namespace signaling::bench_load {

void Transport::open_link(Client& client, Link& link) {
  if (const int error = links_.open(link); error != 0) fail(client, std::strerror(error));
}

void Transport::check_output(const Client& client, std::size_t bytes) const {
  constexpr std::size_t most_output_bytes = 64'000'000;
  if (bytes > most_output_bytes) fail(client, "the server does not take what is sent");
}

std::unique_ptr<Transport> make_transport(const Settings& settings, std::vector<Client>& clients, PacketListener& listener) {
  if (settings.is_polling) return std::make_unique<PollingTransport>(settings, clients, listener);
  return std::make_unique<WebSocketTransport>(settings, clients, listener);
}

}  // namespace signaling::bench_load
