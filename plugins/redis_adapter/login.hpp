#pragma once
// What a connection says first, and what it learns from the answers.

#include <cstdint>
#include <string>
#include <string_view>

#include <hiredis/hiredis.h>

#include "options.hpp"

namespace signaling::redis_adapter {

/// What a server says about itself.
struct ServerInfo {
  std::string run_id;
  std::string version;
  std::string replication_id;         ///< of the history of its data
  std::string former_replication_id;  ///< of the master that it was a replica of when it was promoted
  bool is_master = false;
  bool is_cluster = false;
};

/// What a connection is for.
enum class Purpose : std::uint8_t {
  commands,
  subscriptions,
  sentinel,   ///< with the sentinels' own credentials
  discovery,  ///< of a cluster: any node will do, a replica too
};

/// AUTH, SELECT, CLIENT SETNAME, INFO and PING, sent in one piece; the answers are fed in order. Pure.
class Login {
 public:
  enum class State : std::uint8_t {
    waiting,
    done,
    refused,  ///< a person has to change something: password, version, topology
    failed,   ///< may work later: loading, or the server is no master now
  };

  Login(const BackendOptions& options, Purpose purpose);

  std::string commands() const;
  State feed(const redisReply& reply);
  /// Where `refused` or `failed`: for logs and messages, without the password.
  const std::string& problem() const noexcept { return problem_; }
  const ServerInfo& info() const noexcept { return info_; }

 private:
  enum class Step : std::uint8_t { auth, select, name, info_server, info_replication, ping, end };

  Step first_step() const noexcept;
  Step step_after(Step step) const noexcept;
  State on_error(std::string_view text);
  void read_info(std::string_view text);
  State check();

  const BackendOptions& options_;
  const Credentials credentials_;  ///< own: a reload may change the options in the middle of a login
  Purpose purpose_;
  Step step_;
  ServerInfo info_;
  std::string problem_;
};

}  // namespace signaling::redis_adapter
