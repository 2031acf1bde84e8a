#include "adapter_link.hpp"

#include <algorithm>

#include "cluster/cluster.hpp"

namespace signaling::socketio {

void AdapterLink::on_messages(std::span<const plugin_api::ClusterMessage> messages) {
  if (cluster_ != nullptr) cluster_->on_messages(messages);
}

bool AdapterLink::is_node(const plugin_api::NodeInfo& node) const {
  const bool is_good = node.tag.size() == base::node_tag_length;
  if (!is_good) tell("a node without a tag of 4 characters");
  return is_good;
}

void AdapterLink::on_node_joined(const plugin_api::NodeInfo& node) {
  if (cluster_ != nullptr && is_node(node)) cluster_->on_node_joined(node);
}

void AdapterLink::on_node_left(const plugin_api::NodeInfo& node) {
  if (cluster_ != nullptr && is_node(node)) cluster_->on_node_gone(node);
}

void AdapterLink::on_node_lost(const plugin_api::NodeInfo& node) {
  if (cluster_ != nullptr && is_node(node)) cluster_->on_node_gone(node);
}

void AdapterLink::on_members_changed(std::string_view key, std::span<const plugin_api::MemberChange> changes) {
  const std::size_t end = key.find('\n');
  if (end == std::string_view::npos) return tell("changes of a room that nobody has asked for");
  const auto is_late = [](const plugin_api::MemberChange& a, const plugin_api::MemberChange& b) { return a.mark > b.mark; };
  // Told, and passed on as they came: better in a wrong order than never.
  if (std::adjacent_find(changes.begin(), changes.end(), is_late) != changes.end()) {
    tell("changes of a room that are not in the order of their marks");
  }
  const std::string_view plugin = key.substr(0, end);
  for (const std::unique_ptr<ApplicationBinding>& application : applications_) {
    if (application->name != plugin) continue;
    struct Owned {
      std::string room;
      std::vector<std::pair<std::string, std::string>> texts;
      std::vector<plugin_api::MemberChange> changes;
    };
    auto owned = std::make_unique<Owned>();
    owned->room = key.substr(end + 1);
    owned->texts.reserve(changes.size());  // the views below point into its elements
    for (const plugin_api::MemberChange& change : changes) {
      if (cluster_ != nullptr && !cluster_->heard_changes().on_told(change.member, change.mark)) continue;
      const auto& [member, value] = owned->texts.emplace_back(change.member, change.value);
      owned->changes.push_back({change.kind, member, value, change.mark});
    }
    if (owned->changes.empty()) return;
    LoopServer& loop = *loops_.front();
    loop.event_loop().post([&loop, binding = application.get(), owned = std::move(owned)] {
      loop.call_plugin(binding->plugin, HookKind::members_changed,
                       [&] { binding->application->on_members_changed(owned->room, owned->changes); });
    });
    return;
  }
}

void AdapterLink::on_health_changed(bool is_available, std::string_view reason) {
  if (cluster_ != nullptr) cluster_->on_health_changed(is_available);
  const std::lock_guard lock(mutex_);
  problem_ = is_available ? std::string() : std::string(reason.empty() ? "the adapter is unavailable" : reason);
}

std::string AdapterLink::health() const {
  const std::lock_guard lock(mutex_);
  return problem_;
}

}  // namespace signaling::socketio
