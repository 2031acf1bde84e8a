#pragma once
// How the Engine.IO packets of clients travel: WebSocket or polling.

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "client.hpp"
#include "links.hpp"
#include "settings.hpp"

namespace signaling::bench_load {

/// What is above a transport; may send and close, but not open.
class PacketListener {
 public:
  virtual ~PacketListener() = default;
  /// @param packet  not empty; valid during the call
  virtual void on_packet(Client& client, std::string_view packet) = 0;
  /// The orderly close that was asked for is done.
  virtual void on_closed(Client& client) = 0;
};

/// Everything throws Failure where a client was refused, lost or not understood.
class Transport : public LinkListener {
 public:
  /// @param settings, clients, listener  outlive the transport
  Transport(const Settings& settings, std::vector<Client>& clients, PacketListener& listener, std::uint32_t links_of_each)
      : settings_(settings), clients_(clients), listener_(listener), links_(settings, links_of_each) {}

  /// Begins the connection of a closed client.
  virtual void open(Client& client) = 0;
  /// Sends one Engine.IO packet, text, at the end of this turn.
  virtual void send(Client& client, std::string_view packet) = 0;
  /// Ends the session in an orderly way.
  virtual void close(Client& client) = 0;

  void turn(std::int64_t wait_ns) { links_.turn(wait_ns, *this); }
  /// After every turn.
  virtual void flush() { links_.flush(*this); }
  /// When the bytes at hand were read, by `steady_ns`.
  std::int64_t read_ns() const { return links_.read_ns(); }

 protected:
  [[noreturn]] void fail(const Client& client, std::string_view what) const { bench_load::fail(settings_, client, what); }
  Client& client_of(const Link& link) { return clients_[link.client]; }
  void open_link(Client& client, Link& link);
  /// A server that leaves so much waiting has stopped reading.
  void check_output(const Client& client, std::size_t bytes) const;

  const Settings& settings_;
  std::vector<Client>& clients_;
  PacketListener& listener_;
  Links links_;
};

std::unique_ptr<Transport> make_transport(const Settings& settings, std::vector<Client>& clients, PacketListener& listener);

}  // namespace signaling::bench_load
