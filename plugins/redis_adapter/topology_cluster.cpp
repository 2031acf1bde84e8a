// The masters of a Redis Cluster and their slots: asked at the start, at every sign of a change, and now and then.

#include <algorithm>
#include <map>
#include <set>

#include "backoff.hpp"
#include "partitions.hpp"
#include "slots_query.hpp"
#include "topology.hpp"

namespace signaling::redis_adapter {
namespace {

/// Between two questions for a reason; signs come in crowds.
constexpr std::chrono::milliseconds question_interval{50};

class ClusterTopology final : public Topology {
 public:
  ClusterTopology(Environment& environment, TopologyHost& host, const Partitions& partitions)
      : environment_(environment),
        host_(host),
        partitions_(partitions),
        query_(environment),
        timer_(environment.io),
        backoff_(environment.options.backoff_min, environment.options.backoff_max) {}

  void start() override { ask(); }
  void stop() override {
    is_stopped_ = true;
    timer_.cancel();
    query_.cancel();
  }
  void locate(ServerLink& link) override {
    // One that is left has no place here, and stays closed.
    for (const auto& [address, node] : nodes_)
      if (node.link == &link) return link.connect_to(address);
  }
  void on_link_trouble(ServerLink& link) override {
    troubled_ = link.address();
    ask_soon();
  }
  void on_moved(ServerLink& link, Partition partition, const ServerAddress& target) override {
    if (host_.owner(partition) != &link) return;  // known already
    suspects_.insert(partition);
    if (target.port != 0) hint_ = {target.host.empty() ? link.address().host : target.host, target.port, {}};
    ask_soon();
  }
  ServerLink* link_at(const ServerAddress& address) noexcept override {
    const auto found = nodes_.find(address);
    return found == nodes_.end() ? nullptr : found->second.link;
  }

 private:
  struct Node {
    ServerLink* link = nullptr;
    std::string id;
  };

  void ask_soon() {
    if (is_stopped_) return;
    if (query_.is_busy())
      is_question_stale_ = true;
    else if (const auto due = last_question_ + question_interval; due < next_question_)
      ask_at(due);
  }
  void ask_at(TimePoint due) {
    next_question_ = due;
    timer_.expires_at(due);
    timer_.async_wait([this](boost::system::error_code error) {
      if (!error && !is_stopped_) environment_.guarded("asking the cluster", [this] { ask(); });
    });
  }

  void ask() {
    if (query_.is_busy()) return;
    last_question_ = SteadyClock::now();
    next_question_ = TimePoint::max();
    is_question_stale_ = false;
    const auto handler = [this](SlotsAnswer&& answer) { on_answer(std::move(answer)); };
    const ServerAddress hint = std::exchange(hint_, {});
    // The one that is said to have the partition knows best. Others in turn, and not the one that has the trouble.
    if (auto* link = link_at(hint); link != nullptr && link->are_commands_ready()) return query_.ask(*link, handler);
    std::vector<ServerLink*> ready;
    for (const auto& [address, node] : nodes_)
      if (node.link->are_commands_ready() && address != troubled_) ready.push_back(node.link);
    troubled_ = {};
    if (hint.host.empty() && !ready.empty()) return query_.ask(*ready[turn_++ % ready.size()], handler);
    auto candidates = environment_.options.addresses;
    for (const auto& [address, node] : nodes_) candidates.push_back(address);
    std::rotate(candidates.begin(), candidates.begin() + static_cast<std::ptrdiff_t>(turn_++ % candidates.size()),
                candidates.end());
    if (!hint.host.empty()) candidates.insert(candidates.begin(), hint);
    query_.ask(std::move(candidates), handler);
  }

  void on_answer(SlotsAnswer&& answer) {
    if (is_stopped_) return;
    const bool is_first = nodes_.empty();
    if (!answer.map || (is_first && answer.map->masters.empty())) {
      ++failures_;
      const std::string text =
          answer.map ? "the cluster has no slots assigned" : "no node of the cluster has answered: " + answer.problem;
      if ((failures_ & (failures_ - 1)) == 0) environment_.log(plugin_api::LogLevel::warn, text);
      if (answer.is_refusal || answer.map) environment_.guarded("on_refused", [&] { environment_.observer.on_refused(text); });
      return ask_at(SteadyClock::now() + backoff_.next(environment_.random_fraction()));
    }
    failures_ = 0;
    backoff_.reset();
    // A node that is cut off from the others would lead back to masters that are none any more.
    const bool is_doubtful = !is_first && !answer.is_state_ok;
    if (!is_doubtful) apply(*answer.map);
    const bool is_unsettled = is_doubtful || is_question_stale_ || !suspects_.empty();
    ask_at(SteadyClock::now() + (is_unsettled ? question_interval * 2 : environment_.options.topology_refresh));
  }

  void apply(const SlotMap& map) {
    // By new master and by whether the move was planned.
    std::map<std::pair<const SlotMap::Master*, bool>, std::vector<Partition>> moves;
    for (Partition partition = 0; partition < partitions_.count(); ++partition) {
      const auto* master = map.owner(partitions_.slot(partition));
      if (master == nullptr) continue;
      auto* owner = host_.owner(partition);
      const bool is_suspect = suspects_.erase(partition) > 0;
      if (owner != nullptr && owner == link_at(master->address) && !is_suspect) continue;
      moves[{master, is_planned(owner, *master)}].push_back(partition);
    }
    std::vector<ServerLink*> fresh;
    for (const auto& [move, partitions] : moves) {
      auto& node = nodes_[move.first->address];
      if (node.link == nullptr) {
        node.link = &host_.make_link();
        fresh.push_back(node.link);
      }
      host_.assign(partitions, *node.link, move.second);
    }
    for (const auto& master : map.masters)
      if (const auto found = nodes_.find(master.address); found != nodes_.end()) found->second.id = master.id;
    for (auto node = nodes_.begin(); node != nodes_.end();) {
      auto* link = node->second.link;
      if (link->partitions().empty()) {
        node = nodes_.erase(node);
        host_.drop_link(*link);
      } else {
        ++node;
      }
    }
    for (auto* link : fresh) link->open();
  }

  /// Slots that one living master has handed to another come with their keys. After a failover the old one is a replica of the
  /// new one, or not there; what it had not passed on is lost. (The new one's login tells the same, where this list does not
  /// yet.)
  bool is_planned(const ServerLink* old_owner, const SlotMap::Master& master) const {
    if (old_owner == nullptr || !old_owner->are_commands_ready()) return false;
    const auto node = nodes_.find(old_owner->address());
    return node != nodes_.end() &&
           std::find(master.replica_ids.begin(), master.replica_ids.end(), node->second.id) == master.replica_ids.end();
  }

  Environment& environment_;
  TopologyHost& host_;
  const Partitions& partitions_;
  SlotsQuery query_;
  std::map<ServerAddress, Node> nodes_;
  std::set<Partition> suspects_;  ///< their owner has said that it is none
  ServerAddress hint_{"", 0, ""};
  ServerAddress troubled_{"", 0, ""};
  asio::steady_timer timer_;
  Backoff backoff_;
  TimePoint last_question_{};
  TimePoint next_question_ = TimePoint::max();
  bool is_question_stale_ = false;  ///< something happened after it was asked
  bool is_stopped_ = false;
  std::size_t turn_ = 0;
  std::uint64_t failures_ = 0;
};

}  // namespace

std::unique_ptr<Topology> make_cluster_topology(Environment& environment, TopologyHost& host, const Partitions& partitions) {
  return std::make_unique<ClusterTopology>(environment, host, partitions);
}

}  // namespace signaling::redis_adapter
