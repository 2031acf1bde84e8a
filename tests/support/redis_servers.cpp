// Sets of servers: Sentinel and cluster.

#include "support/redis_servers.hpp"

#include <charconv>
#include <stdexcept>

namespace signaling::test {
namespace {

void expect_ok(const std::string& answer, std::string_view what) {
  if (answer != "OK") throw std::runtime_error(std::string(what) + ": " + answer);
}

}  // namespace

RedisSentinelSet::RedisSentinelSet() {
  servers_.push_back(std::make_unique<RedisServer>());
  master().start();
  servers_.push_back(std::make_unique<RedisServer>(
      std::vector<std::string>{"replicaof 127.0.0.1 " + std::to_string(master().port()), "repl-timeout 5"}));
  replica().start();
  wait_until("the replica is in step", [&] {
    return replica().command({"INFO", "replication"}).find("master_link_status:up") != std::string::npos;
  });
  for (int i = 0; i < 3; ++i) {
    sentinels_.push_back(std::make_unique<RedisServer>(
        std::vector<std::string>{"sentinel monitor mymaster 127.0.0.1 " + std::to_string(master().port()) + " 2",
                                 "sentinel down-after-milliseconds mymaster 500", "sentinel failover-timeout mymaster 3000"},
        RedisServer::Kind::sentinel));
    sentinels_.back()->start();
  }
  wait_until("the sentinels know each other and the replica", [&] {
    for (const auto& sentinel : sentinels_) {
      const auto state = sentinel->command({"INFO", "sentinel"});
      if (state.find("status=ok") == std::string::npos || state.find("slaves=1,sentinels=3") == std::string::npos) return false;
    }
    return true;
  });
}

std::vector<std::string> RedisSentinelSet::urls() const {
  std::vector<std::string> urls;
  for (const auto& sentinel : sentinels_) urls.push_back(sentinel->url());
  return urls;
}

std::uint16_t RedisSentinelSet::current_port() const {
  for (const auto& sentinel : sentinels_) {
    const auto answer = sentinel->command({"SENTINEL", "get-master-addr-by-name", "mymaster"});
    const auto line = answer.find('\n');
    std::uint16_t port = 0;
    if (line != std::string::npos) std::from_chars(answer.data() + line + 1, answer.data() + answer.size(), port);
    if (port != 0) return port;
  }
  return 0;
}

RedisCluster::RedisCluster(std::size_t masters, bool with_replicas) : masters_(masters) {
  const std::vector<std::string> settings{"cluster-enabled yes", "cluster-node-timeout 1000",
                                          "cluster-replica-validity-factor 0", "cluster-require-full-coverage no"};
  const std::size_t count = with_replicas ? 2 * masters : masters;
  for (std::size_t i = 0; i < count; ++i) {
    servers_.push_back(std::make_unique<RedisServer>(settings));
    servers_.back()->start();
  }
  const auto& first = *servers_.front();
  for (std::size_t i = 0; i < count; ++i) {
    if (i < masters)
      expect_ok(servers_[i]->command({"CLUSTER", "ADDSLOTSRANGE", std::to_string(16'384 * i / masters),
                                      std::to_string(16'384 * (i + 1) / masters - 1)}),
                "ADDSLOTSRANGE");
    expect_ok(servers_[i]->command({"CLUSTER", "SET-CONFIG-EPOCH", std::to_string(i + 1)}), "SET-CONFIG-EPOCH");
    if (i > 0)
      expect_ok(servers_[i]->command(
                    {"CLUSTER", "MEET", "127.0.0.1", std::to_string(first.port()), std::to_string(first.bus_port())}),
                "MEET");
  }
  const auto everybody = [&](const std::string& wanted) {
    for (const auto& server : servers_)
      if (server->command({"CLUSTER", "INFO"}).find(wanted) == std::string::npos) return false;
    return true;
  };
  wait_until("the nodes know each other", [&] { return everybody("cluster_known_nodes:" + std::to_string(count)); });
  for (std::size_t i = masters; i < count; ++i)
    wait_until("the replica has its master", [&] {
      return servers_[i]->command({"CLUSTER", "REPLICATE", node_id(i - masters)}) == "OK";
    });
  wait_until("the cluster is ok", [&] { return everybody("cluster_state:ok") && everybody("cluster_slots_assigned:16384"); });
  for (std::size_t i = masters; i < count; ++i)
    wait_until("the replica is in step", [&] {
      return servers_[i]->command({"INFO", "replication"}).find("master_link_status:up") != std::string::npos;
    });
}

std::vector<std::string> RedisCluster::urls() const {
  std::vector<std::string> urls;
  for (const auto& server : servers_) urls.push_back(server->url());
  return urls;
}

std::string RedisCluster::node_id(std::size_t index) const { return servers_[index]->command({"CLUSTER", "MYID"}); }

std::size_t RedisCluster::owner_of(std::uint32_t slot) const { return slot * masters_ / 16'384; }

void RedisCluster::open_slot(std::uint32_t slot, std::size_t from, std::size_t to) {
  const auto number = std::to_string(slot);
  expect_ok(servers_[to]->command({"CLUSTER", "SETSLOT", number, "IMPORTING", node_id(from)}), "IMPORTING");
  expect_ok(servers_[from]->command({"CLUSTER", "SETSLOT", number, "MIGRATING", node_id(to)}), "MIGRATING");
}

void RedisCluster::move_keys(std::uint32_t slot, std::size_t from, std::size_t to) {
  for (;;) {
    const auto key = servers_[from]->command({"CLUSTER", "GETKEYSINSLOT", std::to_string(slot), "1"});
    if (key.empty()) return;
    expect_ok(servers_[from]->command({"MIGRATE", "127.0.0.1", std::to_string(servers_[to]->port()), key, "0", "5000"}),
              "MIGRATE");
  }
}

void RedisCluster::close_slot(std::uint32_t slot, std::size_t from, std::size_t to) {
  const auto number = std::to_string(slot);
  const auto id = node_id(to);
  expect_ok(servers_[to]->command({"CLUSTER", "SETSLOT", number, "NODE", id}), "SETSLOT NODE");
  expect_ok(servers_[from]->command({"CLUSTER", "SETSLOT", number, "NODE", id}), "SETSLOT NODE");
  for (std::size_t i = 0; i < masters_; ++i)
    if (i != from && i != to) servers_[i]->command({"CLUSTER", "SETSLOT", number, "NODE", id});
}

}  // namespace signaling::test
