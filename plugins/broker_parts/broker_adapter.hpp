#pragma once
// The border between the core and an adapter whose thread talks to a broker: what is the same whichever broker it is.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <signaling/plugin_api/basic_plugin.hpp>
#include <signaling/plugin_api/host.hpp>

#include "cluster_view.hpp"
#include "node_description.hpp"
#include "operation.hpp"
#include "start_gate.hpp"

namespace signaling::broker_parts {

/// The core's calls become operations that are handed over to the adapter's thread, where handlers are called; the handler of
/// one that is not taken is told why before the call returns. After `stop` every operation is refused with `closed`.
///
/// Left to the adapter: the functions of the life cycle but `stop`, `publish`, and the private ones. Its destructor calls
/// `stop`.
/// @tparam Interface    plugin_api::Adapter or a successor of it
/// @tparam AnOperation  what the adapter's inbox takes: Operation, or what is derived from it
template <class Interface, class AnOperation>
class BrokerAdapter : public plugin_api::BasicAdapterOf<Interface> {
 public:
  /// Once; what was not started is not stopped either.
  void stop() final {
    if (is_running_.exchange(false, std::memory_order_acq_rel)) leave_and_join();
  }
  std::string_view health() const final { return is_running() ? view()->health() : std::string_view("not running"); }

  void attach(plugin_api::AdapterEvents& events, const plugin_api::NodeInfo& self) final {
    events_ = &events;
    tag_ = self.tag;
    self_ = describe(self);
  }
  void visit_nodes(plugin_api::NodeVisitor& visitor) final {
    visitor.on_node(info_of(tag_, self_));
    const ClusterView* const seen = view();
    if (seen == nullptr) return;
    const auto nodes = seen->nodes();
    for (const auto& [tag, node] : *nodes) visitor.on_node(info_of(tag, node));
  }

  void subscribe(std::string_view topic, plugin_api::SubscribeHandler& handler) final {
    AnOperation operation;
    operation.kind = Operation::Kind::subscribe;
    operation.name = topic;
    operation.subscribe_handler = &handler;
    const plugin_api::Status status = hand_over(std::move(operation));
    if (status == plugin_api::Status::ok) return;
    handler.on_subscribed(status);
    handler.release();
  }
  void unsubscribe(std::string_view topic) final {
    AnOperation operation;
    operation.kind = Operation::Kind::unsubscribe;
    operation.name = topic;
    hand_over(std::move(operation));
  }
  void presence_put(std::string_view room, std::string_view member, std::string_view value, std::uint32_t max_members,
                    plugin_api::PresenceHandler& handler) final {
    AnOperation operation;
    operation.kind = Operation::Kind::put;
    operation.name = room;
    operation.member = member;
    operation.body = value;
    operation.max_members = max_members;
    ask(std::move(operation), handler);
  }
  void presence_remove(std::string_view room, std::string_view member, plugin_api::PresenceHandler& handler) final {
    AnOperation operation;
    operation.kind = Operation::Kind::remove;
    operation.name = room;
    operation.member = member;
    ask(std::move(operation), handler);
  }
  void presence_list(std::string_view room, plugin_api::PresenceHandler& handler) final {
    AnOperation operation;
    operation.kind = Operation::Kind::list;
    operation.name = room;
    ask(std::move(operation), handler);
  }

 protected:
  /// @param broker  for people: "NATS"; a literal
  BrokerAdapter(plugin_api::Host& host, std::string_view broker) : host_(host), broker_(broker) {}

  bool is_running() const noexcept { return is_running_.load(std::memory_order_acquire); }
  /// False, and reported, where `attach` has not been called as it has to be.
  bool knows_its_node(plugin_api::Problems& problems) const {
    if (events_ != nullptr && tag_.size() == 4) return true;
    problems.add("", "the adapter was not told which node it serves");
    return false;
  }
  /// The end of `start`, behind the start of the thread: waits until it is ready. Where the broker refuses this node the
  /// adapter is stopped again, which is reported; where nothing is heard within `patience` it starts without.
  void finish_start(StartGate& gate, std::chrono::milliseconds patience, plugin_api::Problems& problems) {
    is_running_.store(true, std::memory_order_release);
    if (const auto refusal = gate.wait(patience)) {
      stop();
      return problems.add("url", *refusal);
    }
    if (const std::string_view reason = health(); !reason.empty())
      host_.log(plugin_api::LogLevel::warn,
                "starting without " + std::string(broker_) + ", which is tried again and again: " + std::string(reason));
  }

  plugin_api::Host& host_;
  plugin_api::AdapterEvents* events_ = nullptr;
  std::string tag_;
  NodeDescription self_;

 private:
  /// `ok`: it is on its way, and its handler is called. `too_many` where the inbox is full, `closed` before the start and after
  /// the stop: `operation` is left as it was, and its handler is not called. [any thread]
  virtual plugin_api::Status hand_over(AnOperation&& operation) = 0;
  /// nullptr before the first start. [any thread]
  virtual const ClusterView* view() const = 0;
  /// Ends the thread, which takes this node's entries away. [the thread that stops]
  virtual void leave_and_join() = 0;

  void ask(AnOperation&& operation, plugin_api::PresenceHandler& handler) {
    operation.presence_handler = &handler;
    const plugin_api::Status status = hand_over(std::move(operation));
    if (status == plugin_api::Status::ok) return;
    handler.on_presence(status, 0, false, {});
    handler.release();
  }

  const std::string_view broker_;
  std::atomic<bool> is_running_{false};
};

}  // namespace signaling::broker_parts
