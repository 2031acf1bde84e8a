#include "crowd.hpp"

#include <charconv>
#include <string>

#include "clock.hpp"

namespace signaling::bench_load {

Crowd::Crowd(const Settings& settings)
    : settings_(settings),
      clients_(settings.clients),
      transport_(make_transport(settings, clients_, *this)),
      begin_ns_(steady_ns()) {
  for (std::size_t i = 0; i < clients_.size(); ++i) clients_[i].index = static_cast<std::uint32_t>(i);
}

Crowd::~Crowd() = default;

std::int64_t Crowd::now_ns() const noexcept { return steady_ns() - begin_ns_; }

void Crowd::open(Client& client) {
  client.opened_ns = now_ns();
  transport_->open(client);
}

void Crowd::turn(std::int64_t wait_ns, Listener& listener) {
  listener_ = &listener;
  transport_->turn(wait_ns);
}

void Crowd::on_closed(Client& client) { listener_->on_closed(client); }

void Crowd::on_packet(Client& client, std::string_view packet) {
  switch (packet.front()) {
    case '0':
      if (client.phase != Phase::opening) fail(settings_, client, "a second open packet");
      client.phase = Phase::joining;
      return send(client, "40");
    case '2':
      ++pings_;
      if (client.phase != Phase::closing) send(client, "3");
      return;
    case '1':
      if (client.phase == Phase::closing) return;
      fail(settings_, client, "closed by the server with a close packet");
    case '4': return on_socketio(client, packet.substr(1));
    case '6': return;
    default: fail(settings_, client, std::string("packet ").append(packet.substr(0, 80)));
  }
}

void Crowd::on_socketio(Client& client, std::string_view packet) {
  constexpr std::string_view connected = "0{\"sid\":\"";
  const std::int64_t read_ns = transport_->read_ns() - begin_ns_;
  if (packet.starts_with("2[")) return listener_->on_event(client, packet.substr(1), read_ns);
  if (packet.starts_with('3')) {
    std::uint32_t id = 0;
    const auto [end, error] = std::from_chars(packet.data() + 1, packet.data() + packet.size(), id);
    if (error != std::errc{}) fail(settings_, client, "an acknowledgement without an id");
    return listener_->on_ack(client, id, packet.substr(static_cast<std::size_t>(end - packet.data())), read_ns);
  }
  if (!packet.starts_with(connected) || client.phase != Phase::joining) {
    fail(settings_, client, std::string("packet 4").append(packet.substr(0, 200)));
  }
  packet.remove_prefix(connected.size());
  client.id.assign(packet.substr(0, packet.find('"')));
  client.phase = Phase::ready;
  listener_->on_ready(client);
}

}  // namespace signaling::bench_load
