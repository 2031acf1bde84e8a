#include "polling_transport.hpp"

#include <algorithm>
#include <string>

#include "clock.hpp"
#include "http_answer.hpp"

namespace signaling::bench_load {

namespace {

constexpr std::uint32_t poll_part = 0;
constexpr std::uint32_t post_part = 1;
constexpr char separator = '\x1e';
constexpr std::size_t most_post_bytes = 900'000;  // servers take 1 MB at least
/// Node closes connections that are idle for 5 s: a POST on one at that moment would be lost.
constexpr std::int64_t longest_idle_ns = 3'000'000'000;
constexpr std::string_view target = "/socket.io/?EIO=4&transport=polling";

}  // namespace

PollingTransport::PollingTransport(const Settings& settings, std::vector<Client>& clients, PacketListener& listener)
    : Transport(settings, clients, listener, 2), pollers_(clients.size()) {}

void PollingTransport::open(Client& client) {
  pollers_[client.index] = {};
  client.phase = Phase::connecting;
  open_link(client, links_.of(client.index, poll_part));
}

void PollingTransport::send(Client& client, std::string_view packet) {
  Poller& poller = pollers_[client.index];
  check_output(client, poller.packets.size());
  if (!poller.packets.empty()) poller.packets.push_back(separator);
  poller.packets.append(packet);
  mark_dirty(client);
}

void PollingTransport::close(Client& client) {
  send(client, "1");
  client.phase = Phase::closing;
}

void PollingTransport::mark_dirty(Client& client) {
  Poller& poller = pollers_[client.index];
  if (poller.is_dirty) return;
  poller.is_dirty = true;
  dirty_.push_back(&client);
}

void PollingTransport::flush() {
  for (Client* client : dirty_) {
    Poller& poller = pollers_[client->index];
    poller.is_dirty = false;
    if (!poller.is_posting && !poller.packets.empty()) write_post(*client, poller);
  }
  dirty_.clear();
  Transport::flush();
}

void PollingTransport::write_poll(Client& client) {
  Link& link = links_.of(client.index, poll_part);
  link.output.append("GET ").append(target).append(pollers_[client.index].query).append(" HTTP/1.1\r\nHost: localhost\r\n\r\n");
  links_.mark_dirty(link);
}

void PollingTransport::write_post(Client& client, Poller& poller) {
  std::size_t size = poller.packets.size();
  if (size > most_post_bytes) size = std::min(size, poller.packets.rfind(separator, most_post_bytes));
  Link& link = links_.of(client.index, post_part);
  const std::int64_t now = steady_ns();
  if (link.state == LinkState::open && now - poller.posted_ns > longest_idle_ns) links_.drop(link);
  if (link.state == LinkState::closed) open_link(client, link);
  poller.is_posting = true;
  poller.posted_ns = now;
  link.output.append("POST ").append(target).append(poller.query).append(" HTTP/1.1\r\nHost: localhost\r\n");
  link.output.append("Content-Type: text/plain;charset=UTF-8\r\nContent-Length: ").append(std::to_string(size));
  // An idle session is a poll and nothing beside it.
  if (settings_.scenario == ScenarioKind::idle) link.output.append("\r\nConnection: close");
  link.output.append("\r\n\r\n").append(poller.packets, 0, size);
  poller.packets.erase(0, size + 1);  // and the separator
  links_.mark_dirty(link);
}

void PollingTransport::on_open(Link& link) {
  if (link.part == post_part) return;  // its output waits already
  Client& client = client_of(link);
  client.phase = Phase::opening;
  write_poll(client);
}

std::size_t PollingTransport::on_bytes(Link& link, std::string_view bytes) {
  Client& client = client_of(link);
  const std::size_t size = bytes.size();
  HttpAnswer answer;
  switch (take_answer(bytes, answer)) {
    case AnswerStatus::partial: return 0;
    case AnswerStatus::unsupported: fail(client, "an answer that no server should give here");
    case AnswerStatus::complete: break;
  }
  // The poll of a session that closes may be answered in many ways.
  if (client.phase == Phase::closing && link.part == poll_part) return size;
  if (answer.status != 200)
    fail(client, std::string("status ") + std::to_string(answer.status) + " " + std::string(answer.body.substr(0, 200)));
  if (!bytes.empty()) fail(client, "an answer without a request");
  if (link.part == poll_part) {
    if (answer.closes) fail(client, "the server does not keep the connection of a poll");
    on_poll_answer(client, answer.body);
    return size;
  }
  on_post_answer(client, link, answer.closes);
  return size;
}

void PollingTransport::on_post_answer(Client& client, Link& link, bool closes) {
  Poller& poller = pollers_[client.index];
  if (!poller.is_posting) fail(client, "an answer without a POST");
  poller.is_posting = false;
  const bool is_over = client.phase == Phase::closing && poller.packets.empty();
  if (closes || is_over) links_.drop(link);
  if (!poller.packets.empty()) mark_dirty(client);
  if (!is_over) return;
  links_.drop(links_.of(client.index, poll_part));
  client.phase = Phase::closed;
  listener_.on_closed(client);
}

void PollingTransport::on_poll_answer(Client& client, std::string_view payload) {
  for (;;) {
    const std::size_t end = payload.find(separator);
    on_packet(client, payload.substr(0, end));
    if (end == std::string_view::npos) break;
    payload.remove_prefix(end + 1);
  }
  if (client.phase != Phase::closing) write_poll(client);
}

void PollingTransport::on_packet(Client& client, std::string_view packet) {
  if (packet.empty()) fail(client, "an empty packet");
  if (client.phase == Phase::opening) {
    constexpr std::string_view opened = "0{\"sid\":\"";
    if (!packet.starts_with(opened)) fail(client, std::string("packet ").append(packet.substr(0, 80)));
    const std::string_view sid = packet.substr(opened.size(), packet.find('"', opened.size()) - opened.size());
    pollers_[client.index].query.assign("&sid=").append(sid);
  }
  listener_.on_packet(client, packet);
}

void PollingTransport::on_end(Link& link, std::string_view why) {
  Client& client = client_of(link);
  // Where nothing is under way on it, a server may close the connection of the POSTs whenever it likes.
  if (link.part == post_part && !pollers_[client.index].is_posting) return;
  if (link.part == poll_part && client.phase == Phase::closing) return;
  fail(client, why);
}

}  // namespace signaling::bench_load
