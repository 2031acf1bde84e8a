#pragma once
// The clients of a run: each opens an Engine.IO session, joins the main namespace, and then does what the scenario says.

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "client.hpp"
#include "settings.hpp"
#include "transport.hpp"

namespace signaling::bench_load {

/// What a scenario hears. Called within `Crowd::turn`; may send and close, but not open.
class Listener {
 public:
  virtual ~Listener() = default;
  virtual void on_ready(Client& client) = 0;
  /// @param packet  JSON array of the event; valid during the call
  virtual void on_event(Client& client, std::string_view packet, std::int64_t now_ns) = 0;
  /// @param answer  JSON array
  virtual void on_ack(Client& client, std::uint32_t id, std::string_view answer, std::int64_t now_ns) = 0;
  /// The orderly close that the scenario asked for is done.
  virtual void on_closed(Client& client) = 0;
};

class Crowd : private PacketListener {
 public:
  /// @param settings  outlives the crowd
  explicit Crowd(const Settings& settings);
  ~Crowd() override;
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;

  std::vector<Client>& clients() { return clients_; }

  /// Time since the crowd was made.
  std::int64_t now_ns() const noexcept;

  /// Begins a connection of a closed client.
  void open(Client& client);

  /// Sends one Engine.IO packet, text, at the end of this turn.
  void send(Client& client, std::string_view packet) { transport_->send(client, packet); }

  /// Ends the session; `on_closed` tells when it is over.
  void close(Client& client) { transport_->close(client); }

  /// Waits for events, at most so long, and handles them. @throws Failure where a client was refused, lost or not understood
  void turn(std::int64_t wait_ns, Listener& listener);

  /// Writes what the turn made; after every turn.
  void flush() { transport_->flush(); }

  std::uint64_t pings() const noexcept { return pings_; }

 private:
  void on_packet(Client& client, std::string_view packet) override;
  void on_closed(Client& client) override;
  void on_socketio(Client& client, std::string_view packet);

  const Settings& settings_;
  std::vector<Client> clients_;
  std::unique_ptr<Transport> transport_;
  Listener* listener_ = nullptr;  // of the latest turn
  std::int64_t begin_ns_ = 0;
  std::uint64_t pings_ = 0;
};

}  // namespace signaling::bench_load
