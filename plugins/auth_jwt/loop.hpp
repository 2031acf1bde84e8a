#pragma once
// What the plugin does on one event loop: lets sockets in, renews their tokens, ends them.

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include <signaling/plugin_api/host.hpp>
#include <signaling/plugin_api/middleware.hpp>

#include "metrics.hpp"
#include "options.hpp"
#include "revocations.hpp"
#include "socket_table.hpp"
#include "verifier.hpp"

namespace signaling::auth_jwt {

class KeyStore;

/// What all loops share; everything in it may be used on any thread.
struct Shared {
  plugin_api::Host& host;
  const Metrics& metrics;
  Revocations& revocations;
  KeyStore& keys;
};

/// All functions on the loop.
class Loop {
 public:
  /// CONNECTs and refreshes that wait for newer keys, or for what is revoked; more are refused. Each at most that long: shorter
  /// than socketio.middleware_timeout, so that its client is told a code.
  static constexpr std::size_t max_waiting = 10'000;
  static constexpr std::uint64_t max_wait_ms = 4'000;

  Loop(Shared shared, std::shared_ptr<const Options> options);
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  void on_connect(plugin_api::Socket& socket, plugin_api::Verdict& verdict);
  void on_event(plugin_api::Socket& socket, const plugin_api::Event& event, plugin_api::Verdict& verdict);
  void on_disconnect(plugin_api::Socket& socket);

  /// For tokens to come; sockets that are there keep their times.
  void set_options(std::shared_ptr<const Options> options);
  /// @param is_settled  no newer ones are on their way
  void set_keys(std::shared_ptr<const KeySet> keys, bool is_settled);
  /// It is known what the other nodes have revoked, or that they do not tell.
  void set_synchronized();
  /// Ends the sockets that are meant. @return how many
  std::size_t disconnect(const Revocation& revocation);

 private:
  /// A token that cannot be decided about yet.
  struct Waiting {
    std::string namespace_name;
    std::string token;
    std::uint64_t timer = 0;
    bool is_for_keys = false;  ///< else for what is revoked
    bool is_last_try = false;
    // Of a CONNECT: the socket, which is told of by `on_disconnect` when it goes. Of a refresh the acknowledgement.
    plugin_api::Socket* socket = nullptr;
    plugin_api::Verdict* verdict = nullptr;
    plugin_api::AckToken ack;
  };

  Verifier::Result examine(std::string_view namespace_name, std::string_view token);
  bool has_to_wait(const Verifier::Result& result, Waiting& waiting);
  void wait(const std::string& id, Waiting&& waiting);
  void decide(const std::string& id, bool is_last_try);
  void retry(bool keys_are_settled);
  void work_off();

  void conclude(plugin_api::Socket& socket, plugin_api::Verdict& verdict, const Verifier::Result& result);
  void refuse(plugin_api::Verdict& verdict, std::string_view namespace_name, std::string_view id, const Refusal& refusal);
  void conclude_refresh(plugin_api::Socket& socket, plugin_api::AckToken ack, const Verifier::Result& result);
  void refuse_refresh(plugin_api::Socket& socket, plugin_api::AckToken ack, const Refusal& refusal);
  void log_refusal(std::string_view what, std::string_view namespace_name, std::string_view id, const Refusal& refusal) const;

  /// Takes over the identity, and when to look at the socket next.
  SocketRecord& keep(const std::string& id, std::string_view namespace_name, const std::shared_ptr<const Identity>& identity);
  void look_at(const std::string& id, std::int64_t now_ms);
  void on_timer();
  void arm();

  Shared shared_;
  std::shared_ptr<const Options> options_;
  std::shared_ptr<const KeySet> keys_;
  Verifier verifier_;
  SocketTable sockets_;
  std::unordered_map<std::string, Waiting> waiting_;  ///< by socket id
  std::deque<std::string> to_retry_;
  bool is_working_off_ = false;
  bool is_synchronized_ = false;
  std::uint64_t timer_ = 0;  ///< 0: none
  std::int64_t timer_due_ms_ = 0;
};

}  // namespace signaling::auth_jwt
