// An adapter whose nodes are objects of one process, linked by a list. Nothing to run a cluster on: it is there so that the
// suite's tests of several nodes are themselves tested without a backend, and it is the shortest adapter that passes them.

#include <memory_adapter/presence_store.hpp>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include <signaling/plugin_api/basic_plugin.hpp>
#include <signaling/plugin_api/plugin_main.hpp>

namespace {

using namespace signaling::plugin_api;
using signaling::memory_adapter::PresenceResult;
using signaling::memory_adapter::PresenceStore;

class LinkedAdapter;

/// What the nodes share. The mutex is recursive: what one is told may make it publish.
struct Links {
  std::recursive_mutex mutex;
  std::vector<LinkedAdapter*> nodes;  ///< guarded by mutex
  PresenceStore presence{{.max_rooms = 100'000, .max_members = 100'000, .max_value_bytes = 100'000}};
};

Links& links() {
  static Links instance;
  return instance;
}

class LinkedAdapter final : public BasicAdapter {
 public:
  void attach(AdapterEvents& events, const NodeInfo& self) override {
    events_ = &events;
    tag_ = self.tag;
    name_ = self.name;
    version_ = self.version;
    capabilities_ = self.capabilities;
  }

  void start(const ConfigView&, Problems&) override {
    const std::lock_guard lock(links().mutex);
    for (LinkedAdapter* other : links().nodes) {
      other->events_->on_node_joined(info());
      events_->on_node_joined(other->info());
    }
    links().nodes.push_back(this);
  }

  void stop() override {
    const std::lock_guard lock(links().mutex);
    std::erase(links().nodes, this);
    for (LinkedAdapter* other : links().nodes) other->events_->on_node_left(info());
  }

  void subscribe(std::string_view topic, SubscribeHandler& handler) override {
    {
      const std::lock_guard lock(links().mutex);
      topics_.emplace(topic);
    }
    handler.on_subscribed(Status::ok);
    handler.release();
  }

  void unsubscribe(std::string_view topic) override {
    const std::lock_guard lock(links().mutex);
    if (const auto found = topics_.find(topic); found != topics_.end()) topics_.erase(found);
  }

  Status publish(const Destination& destination, Bytes message) override {
    const std::lock_guard lock(links().mutex);
    const bool is_topic = destination.kind == Destination::Kind::topic;
    const ClusterMessage copy{tag_, destination.kind, is_topic ? destination.name : std::string_view(), message};
    for (LinkedAdapter* other : links().nodes) {
      if (other == this) continue;
      if (is_topic && !other->topics_.contains(destination.name)) continue;
      if (destination.kind == Destination::Kind::node && other->tag_ != destination.name) continue;
      other->events_->on_messages({&copy, 1});
    }
    return Status::ok;
  }

  void presence_put(std::string_view room, std::string_view member, std::string_view value, std::uint32_t max_members,
                    PresenceHandler& handler) override {
    tell(handler, links().presence.put(room, member, value, max_members));
  }
  void presence_remove(std::string_view room, std::string_view member, PresenceHandler& handler) override {
    tell(handler, links().presence.remove(room, member));
  }
  void presence_list(std::string_view room, PresenceHandler& handler) override { tell(handler, links().presence.list(room)); }

  void visit_nodes(NodeVisitor& visitor) override {
    const std::lock_guard lock(links().mutex);
    for (const LinkedAdapter* node : links().nodes) visitor.on_node(node->info());
  }

 private:
  NodeInfo info() const { return {tag_, name_, version_, capabilities_}; }
  static void tell(PresenceHandler& handler, const PresenceResult& result) {
    handler.on_presence(result.status, result.mark, result.existed, result.others);
    handler.release();
  }

  AdapterEvents* events_ = nullptr;
  std::string tag_;
  std::string name_;
  std::string version_;
  std::string capabilities_;
  std::set<std::string, std::less<>> topics_;  ///< guarded by the links' mutex
};

}  // namespace

SIGNALING_PLUGIN(LinkedAdapter, no_schema);
