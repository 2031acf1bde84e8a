#pragma once
// Real Redis servers for tests: each on 127.0.0.1 with a port of its own, in a folder of its own, ended with the test.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace signaling::test {

/// Asks until `condition` holds; throws std::runtime_error that names it when the time is over.
void wait_until(std::string_view what, const std::function<bool()>& condition,
                std::chrono::milliseconds limit = std::chrono::seconds(20));

/// A port that was free a moment ago.
std::uint16_t free_port();

/// A folder that goes with the object.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
};

/// One redis-server, stopped and started at will on the same port and folder. Nothing is written to disk unless asked for.
class RedisServer {
 public:
  enum class Kind { plain, sentinel };

  /// @param settings lines of redis.conf
  explicit RedisServer(std::vector<std::string> settings = {}, Kind kind = Kind::plain);
  ~RedisServer();
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;

  /// Returns once it answers. The first start may choose other ports, where somebody else was faster.
  void start();
  void kill();    ///< SIGKILL
  void pause();   ///< SIGSTOP: connections stay, nothing is answered
  void resume();  ///< SIGCONT
  bool is_running() const noexcept { return pid_ > 0; }

  std::uint16_t port() const noexcept { return port_; }
  std::uint16_t bus_port() const noexcept { return bus_port_; }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  std::string url() const { return "redis://" + address(); }
  std::filesystem::path socket_path() const { return folder_.path() / "redis.sock"; }
  const std::filesystem::path& folder() const noexcept { return folder_.path(); }

  /// Runs one command on a connection of its own over the Unix socket, as the default user; `password` where it has one.
  /// Strings, integers and errors as their text (errors with a leading `-`), arrays with their elements on lines.
  std::string command(const std::vector<std::string>& args) const;
  std::string password;

 private:
  TemporaryFolder folder_;
  std::vector<std::string> settings_;
  Kind kind_;
  std::uint16_t port_;
  std::uint16_t bus_port_;
  pid_t pid_ = 0;
  bool was_started_ = false;

  void write_config();
  /// False where the process ended at once; its log is in `problem` then.
  bool try_start(std::string& problem);
};

/// A master, a replica and three sentinels that watch over them under the name `mymaster`.
class RedisSentinelSet {
 public:
  RedisSentinelSet();
  RedisServer& master() { return *servers_[0]; }   ///< at the beginning
  RedisServer& replica() { return *servers_[1]; }  ///< at the beginning
  std::vector<std::unique_ptr<RedisServer>>& sentinels() { return sentinels_; }
  std::vector<std::string> urls() const;
  /// Port of the master that the sentinels name.
  std::uint16_t current_port() const;

 private:
  std::vector<std::unique_ptr<RedisServer>> servers_;
  std::vector<std::unique_ptr<RedisServer>> sentinels_;
};

/// Masters that share the slots evenly, each with a replica where asked for.
class RedisCluster {
 public:
  explicit RedisCluster(std::size_t masters = 3, bool with_replicas = false);
  RedisServer& master(std::size_t index) { return *servers_[index]; }
  RedisServer& replica(std::size_t index) { return *servers_[masters_ + index]; }
  std::size_t masters() const noexcept { return masters_; }
  std::vector<std::string> urls() const;
  std::size_t owner_of(std::uint32_t slot) const;
  /// Begins a migration: both sides know of it, and no key is moved yet.
  void open_slot(std::uint32_t slot, std::size_t from, std::size_t to);
  /// Moves the keys of the slot.
  void move_keys(std::uint32_t slot, std::size_t from, std::size_t to);
  /// Gives the slot to its new owner.
  void close_slot(std::uint32_t slot, std::size_t from, std::size_t to);

 private:
  std::string node_id(std::size_t index) const;

  std::size_t masters_;
  std::vector<std::unique_ptr<RedisServer>> servers_;
};

}  // namespace signaling::test
