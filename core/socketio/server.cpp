#include <stdexcept>
#include <unordered_map>

#include <signaling/socketio/server.hpp>

#include "adapter_link.hpp"
#include "cluster/cluster.hpp"
#include "counters_facade.hpp"
#include "loop_server.hpp"
#include "operations.hpp"
#include "peers_facade.hpp"
#include "presence_facade.hpp"

namespace signaling::socketio {
namespace {

/// Where there are no other nodes.
class NoConversations final : public Conversations {
 public:
  std::unique_ptr<Conversation> begin(std::string_view, std::uint8_t, plugin_api::Bytes, base::Milliseconds,
                                      ConversationHandler&, plugin_api::Status& status) override {
    status = plugin_api::Status::not_found;
    return nullptr;
  }
  void accept_with(std::uint32_t, ConversationAcceptor&) override {}
};

class Claims final : public plugin_api::NamespaceClaims {
 public:
  Claims(NamespaceTable& table, const ApplicationBinding& application) : table_(table), application_(application) {}
  void claim(std::string_view name_or_pattern) override { table_.claim(name_or_pattern, application_); }

 private:
  NamespaceTable& table_;
  const ApplicationBinding& application_;
};

}  // namespace

class Server::Impl {
 public:
  Impl(const Options& options, Node node, std::vector<base::EventLoop*> loops, HookObserver& hooks)
      : node_(std::move(node)),
        tag_(base::node_tag_text(node_.tag)),
        event_loops_(std::move(loops)),
        link_(loops_, applications_, shared_),
        operations_(shared_, loops_, tag_, node_.name) {
    if (event_loops_.empty() || event_loops_.size() > max_loops) throw std::runtime_error("1 to 64 event loops");
    shared_.hooks = &hooks;
    max_queue_bytes_ = options.max_cluster_queue_bytes;
    for (base::EventLoop* loop : event_loops_) {
      loops_.push_back(std::make_unique<LoopServer>(shared_, options, *loop,
                                                    base::SidSource(node_.tag, static_cast<std::uint8_t>(loop->index()))));
    }
  }

  Node node_;
  std::string tag_;
  std::vector<base::EventLoop*> event_loops_;
  Shared shared_;
  plugin_api::Adapter* adapter_ = nullptr;
  plugin_api::CountingAdapter* counting_adapter_ = nullptr;  // the same, where it is one
  std::size_t max_queue_bytes_ = 0;
  std::vector<std::unique_ptr<LoopServer>> loops_;
  std::vector<std::unique_ptr<ApplicationBinding>> applications_;
  AdapterLink link_;
  Operations operations_;
  NoConversations no_conversations_;
  ClusterCounters no_cluster_counters_;
  // After the loops' servers, which it refers to, and before them at the end.
  std::unique_ptr<cluster::Cluster> cluster_;
  std::unordered_map<std::string, std::unique_ptr<PresenceFacade>> presences_;
  std::unordered_map<std::string, std::unique_ptr<PeersFacade>> peers_;
  std::unordered_map<std::string, std::unique_ptr<CountersFacade>> counters_;
};

Server::Server(const Options& options, Node node, std::vector<base::EventLoop*> loops, HookObserver& hooks)
    : impl_(std::make_unique<Impl>(options, std::move(node), std::move(loops), hooks)) {}

Server::~Server() = default;

void Server::set_adapter(plugin_api::Adapter& adapter, std::string_view capabilities, std::uint32_t plugin) {
  impl_->adapter_ = &adapter;
  impl_->shared_.adapter_plugin = plugin;
  if (cluster::has_word(capabilities, "counters")) {
    impl_->counting_adapter_ = static_cast<plugin_api::CountingAdapter*>(&adapter);
  }
  plugin_api::NodeInfo self;
  self.tag = impl_->tag_;
  self.name = impl_->node_.name;
  self.version = impl_->node_.version;
  if (cluster::has_word(capabilities, "cluster")) {
    impl_->shared_.registry = std::make_unique<RoomRegistry>(&adapter, plugin, *impl_->shared_.hooks,
                                                             static_cast<std::uint32_t>(impl_->loops_.size()));
    impl_->cluster_ = std::make_unique<cluster::Cluster>(adapter, impl_->tag_, impl_->node_.name, impl_->shared_, impl_->loops_,
                                                         impl_->max_queue_bytes_);
    impl_->operations_.set_cluster(*impl_->cluster_);
    impl_->link_.set_cluster(*impl_->cluster_);
    self.capabilities = cluster::capability;
  }
  adapter.attach(impl_->link_, self);
}

void Server::add_middleware(plugin_api::Middleware& middleware, std::uint32_t plugin) {
  const std::uint32_t hooks = middleware.hooks();
  impl_->shared_.middleware.push_back({&middleware, plugin, hooks});
  impl_->shared_.hooks_wanted |= hooks;
}

void Server::add_application(plugin_api::Application& application, std::uint32_t plugin, std::string_view plugin_name) {
  ApplicationBinding& binding = *impl_->applications_.emplace_back(
      std::make_unique<ApplicationBinding>(ApplicationBinding{&application, plugin, std::string(plugin_name)}));
  Claims claims(impl_->shared_.table, binding);
  application.claim_namespaces(claims);
}

void Server::add_outgoing(plugin_api::OutgoingHook& hook, std::uint32_t plugin) {
  impl_->shared_.outgoing.push_back({&hook, plugin});
}

void Server::start() {
  if (impl_->loops_.size() == 1 || impl_->shared_.registry) return;
  impl_->shared_.registry = std::make_unique<RoomRegistry>(nullptr, unknown_plugin, *impl_->shared_.hooks,
                                                           static_cast<std::uint32_t>(impl_->loops_.size()));
}

plugin_api::Namespaces& Server::namespaces() { return impl_->operations_; }

plugin_api::Presence& Server::presence(std::string_view plugin_name) {
  std::unique_ptr<PresenceFacade>& presence = impl_->presences_[std::string(plugin_name)];
  if (!presence) {
    presence = std::make_unique<PresenceFacade>(std::string(plugin_name), impl_->adapter_, impl_->shared_.adapter_plugin,
                                                impl_->event_loops_, *impl_->shared_.hooks);
  }
  return *presence;
}

plugin_api::Peers& Server::peers(std::string_view plugin_name, std::uint32_t plugin) {
  std::unique_ptr<PeersFacade>& peers = impl_->peers_[std::string(plugin_name)];
  if (!peers) peers = std::make_unique<PeersFacade>(plugin_name, plugin, impl_->shared_, impl_->operations_);
  return *peers;
}

plugin_api::SharedCounters* Server::shared_counters(std::string_view plugin_name) {
  if (impl_->counting_adapter_ == nullptr) return nullptr;
  std::unique_ptr<CountersFacade>& counters = impl_->counters_[std::string(plugin_name)];
  if (!counters) {
    counters = std::make_unique<CountersFacade>(std::string(plugin_name), *impl_->counting_adapter_,
                                                impl_->shared_.adapter_plugin, impl_->event_loops_, *impl_->shared_.hooks);
  }
  return counters.get();
}

plugin_api::HandshakeRefusals& Server::handshake_refusals() noexcept { return MiddlewareRun::handshake_refusals(); }

Conversations& Server::conversations() {
  if (impl_->cluster_) return *impl_->cluster_;
  return impl_->no_conversations_;
}

const ClusterCounters& Server::cluster_counters() const {
  return impl_->cluster_ ? impl_->cluster_->counters() : impl_->no_cluster_counters_;
}

engine::SessionFactory& Server::factory(std::uint32_t loop) { return *impl_->loops_.at(loop); }
const Counters& Server::counters(std::uint32_t loop) const { return impl_->loops_.at(loop)->counters(); }
std::string Server::adapter_health() const { return impl_->link_.health(); }

void Server::tick(base::TimePoint now) {
  if (impl_->shared_.registry) impl_->shared_.registry->tick(now);
  for (const auto& [plugin, counters] : impl_->counters_) counters->tick(now);
}

void Server::set_options(const Options& options) {
  if (impl_->cluster_) impl_->cluster_->set_max_queue_bytes(options.max_cluster_queue_bytes);
  for (const std::unique_ptr<LoopServer>& loop : impl_->loops_) {
    loop->event_loop().post([target = loop.get(), copy = std::make_unique<Options>(options)] { target->set_options(*copy); });
  }
}

}  // namespace signaling::socketio
