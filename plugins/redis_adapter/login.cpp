#include "login.hpp"

#include <charconv>

#include "command_text.hpp"
#include "reply.hpp"

namespace signaling::redis_adapter {
namespace {

struct Version {
  int major = 0;
  int minor = 0;
  friend auto operator<=>(const Version&, const Version&) = default;
};

Version parse_version(std::string_view text) {
  Version version;
  const char* const end = text.data() + text.size();
  const auto major = std::from_chars(text.data(), end, version.major);
  if (major.ptr != end && *major.ptr == '.') std::from_chars(major.ptr + 1, end, version.minor);
  return version;
}

}  // namespace

Login::Login(const BackendOptions& options, Purpose purpose)
    : options_(options),
      credentials_(purpose == Purpose::sentinel ? options.sentinel_credentials : options.credentials),
      purpose_(purpose),
      step_(first_step()) {}

Login::Step Login::first_step() const noexcept { return credentials_.password.empty() ? step_after(Step::auth) : Step::auth; }

Login::Step Login::step_after(Step step) const noexcept {
  switch (step) {
    case Step::auth:
      if (options_.database != 0 && purpose_ != Purpose::sentinel) return Step::select;
      [[fallthrough]];
    case Step::select: return Step::name;
    case Step::name: return purpose_ == Purpose::sentinel ? Step::ping : Step::info_server;
    case Step::info_server: return Step::info_replication;
    case Step::info_replication: return Step::ping;
    case Step::ping:
    case Step::end: break;
  }
  return Step::end;
}

std::string Login::commands() const {
  std::string text;
  for (Step step = step_; step != Step::end; step = step_after(step)) switch (step) {
      case Step::auth:
        text += credentials_.username.empty() ? command_text({"AUTH", credentials_.password})
                                              : command_text({"AUTH", credentials_.username, credentials_.password});
        break;
      case Step::select: text += command_text({"SELECT", std::to_string(options_.database)}); break;
      case Step::name:
        text += command_text({"CLIENT", "SETNAME", options_.client_name + (purpose_ == Purpose::subscriptions ? ":sub" : "")});
        break;
      case Step::info_server: text += command_text({"INFO", "server"}); break;
      case Step::info_replication: text += command_text({"INFO", "replication"}); break;
      case Step::ping: text += command_text({"PING"}); break;
      case Step::end: break;
    }
  return text;
}

Login::State Login::feed(const redisReply& reply) {
  if (reply.type == REDIS_REPLY_ERROR) {
    if (const State state = on_error(text_of(reply)); state != State::waiting) return state;
  } else if (step_ == Step::info_server || step_ == Step::info_replication) {
    read_info(text_of(reply));
  }
  step_ = step_after(step_);
  return step_ == Step::end ? check() : State::waiting;
}

Login::State Login::on_error(std::string_view text) {
  const auto code = text.substr(0, text.find(' '));
  problem_ = text;
  // Answers to the connection rather than to a command.
  if (text.find("max number of clients") != std::string_view::npos) return State::failed;
  if (code == "DENIED") return State::refused;
  if (code == "LOADING" || code == "MASTERDOWN" || code == "BUSY") return State::failed;
  // A name in CLIENT LIST is a comfort that some managed services do not grant.
  if (step_ == Step::name && code != "NOAUTH") return State::waiting;
  switch (step_) {
    case Step::auth:
      // Its text may repeat arguments.
      problem_ =
          code == "WRONGPASS" || code == "ERR" ? "the password or the user name is wrong, or the server has none set" : code;
      break;
    case Step::select: problem_ = "database " + std::to_string(options_.database) + ": " + std::string(text); break;
    case Step::info_server:
    case Step::info_replication:
      if (code == "NOPERM") problem_ = "the user may not call INFO, which is needed: " + std::string(text);
      break;
    default: break;
  }
  if (code == "NOAUTH") problem_ = "the server wants a password";
  return State::refused;
}

void Login::read_info(std::string_view text) {
  while (!text.empty()) {
    const auto end = text.find("\r\n");
    const auto line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 2);
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const auto key = line.substr(0, colon);
    const auto value = line.substr(colon + 1);
    if (key == "run_id") info_.run_id = value;
    if (key == "redis_version") info_.version = value;
    // Valkey 8 has its own name for it.
    if (key == "redis_mode" || key == "server_mode") info_.is_cluster = value == "cluster";
    if (key == "master_replid") info_.replication_id = value;
    if (key == "master_replid2") info_.former_replication_id = value;
    if (key == "role") info_.is_master = value == "master";
  }
}

Login::State Login::check() {
  if (purpose_ == Purpose::sentinel) return State::done;
  const auto refuse = [this](std::string text) {
    problem_ = std::move(text);
    return State::refused;
  };
  const auto version = parse_version(info_.version);
  if (info_.run_id.empty() || version == Version{})
    return refuse("its INFO has no run_id and redis_version; is it a Redis server?");
  if (version < Version{6, 2}) return refuse("it is Redis " + info_.version + ", and 6.2 or newer is needed");
  const bool wants_cluster = options_.topology == TopologyKind::cluster;
  if (wants_cluster && !info_.is_cluster) return refuse("it is no Redis Cluster node, and topology = \"cluster\" is set");
  if (!wants_cluster && info_.is_cluster) return refuse("it is a Redis Cluster node: topology = \"cluster\" is needed");
  if (wants_cluster && version < Version{7, 0})
    return refuse("it is Redis " + info_.version + ", and a cluster needs 7.0 or newer (sharded pub/sub)");
  if (!info_.is_master && purpose_ != Purpose::discovery) {
    problem_ = "it is a replica, and a master is needed";
    return State::failed;
  }
  return State::done;
}

}  // namespace signaling::redis_adapter
