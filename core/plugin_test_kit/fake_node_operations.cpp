// Operations on many sockets, and events of other nodes' applications.

#include <utility>

#include <signaling/plugin_api/callbacks.hpp>
#include <signaling/test_kit/fake_cluster.hpp>
#include <signaling/test_kit/fake_node.hpp>

#include "event_text.hpp"
#include "server_exchange.hpp"

namespace signaling::testing {

using plugin_api::Bytes;
using plugin_api::Payload;
using plugin_api::Status;
using plugin_api::Target;

namespace {

std::vector<Bytes> bytes_of(const std::vector<std::string>& parts) {
  std::vector<Bytes> bytes;
  for (const std::string& part : parts) bytes.push_back(std::as_bytes(std::span(part.data(), part.size())));
  return bytes;
}

/// Answers to one broadcast; told when the last has come or failed.
struct Gathering {
  struct Answer {
    std::string id;
    std::string args;
    std::vector<std::string> attachments;
  };
  explicit Gathering(plugin_api::BroadcastAckHandler& to_tell) : handler(&to_tell) {}
  ~Gathering() {
    if (handler != nullptr) handler->release();
  }
  Gathering(const Gathering&) = delete;
  Gathering& operator=(const Gathering&) = delete;

  void one_less() {
    if (--open > 0) return;
    std::vector<std::vector<Bytes>> bytes;
    for (const Answer& answer : answers) bytes.push_back(bytes_of(answer.attachments));
    std::vector<plugin_api::BroadcastAckHandler::Answer> views;
    for (std::size_t i = 0; i < answers.size(); ++i) views.push_back({answers[i].id, answers[i].args, bytes[i]});
    plugin_api::BroadcastAckHandler* const told = std::exchange(handler, nullptr);
    told->on_answers(has_timed_out ? Status::timeout : Status::ok, views, expected, {});
    told->release();
  }

  plugin_api::BroadcastAckHandler* handler;
  std::vector<Answer> answers;
  std::uint32_t expected = 0;
  std::uint32_t open = 1;
  bool has_timed_out = false;
};

}  // namespace

void FakeNode::on_every_node(std::function<void(FakeNode&)> what) {
  for (const auto& node : cluster_.nodes_) {
    if (node.get() == this) {
      what(*node);
    } else {
      cluster_.send(number_, node->number_, [&there = *node, what] { what(there); });
    }
  }
}

void FakeNode::emit_with_ack(const Target& target, const Payload& event, std::uint32_t timeout_ms,
                             plugin_api::BroadcastAckHandler& handler, plugin_api::EmitFlags flags) {
  const Targets targets(target);
  const Received what = receive(event);
  const auto gathering = std::make_shared<Gathering>(handler);
  for (const auto& node : cluster_.nodes_) {
    if (flags.local && node.get() != this) continue;
    for (FakeSocket* socket : node->targets_here(targets)) {
      ++gathering->expected;
      ++gathering->open;
      auto& one = plugin_api::make_ack_handler(
          [gathering, socket](std::string_view args, std::span<const Bytes> attachments) {
            Gathering::Answer& answer = gathering->answers.emplace_back();
            answer.id = socket->id();
            answer.args = args;
            for (const Bytes& each : attachments) {
              answer.attachments.emplace_back(reinterpret_cast<const char*>(each.data()), each.size());
            }
            gathering->one_less();
          },
          [gathering](Status status) {
            if (status == Status::timeout) gathering->has_timed_out = true;
            gathering->one_less();
          });
      socket->deliver_with_ack(what, timeout_ms, host_, one);
    }
  }
  gathering->one_less();
}

void FakeNode::join(const Target& target, std::span<const std::string_view> rooms) {
  on_every_node([targets = Targets(target), names = std::vector<std::string>(rooms.begin(), rooms.end())](FakeNode& node) {
    for (FakeSocket* socket : node.targets_here(targets)) {
      for (const std::string& name : names) socket->join(name);
    }
  });
}

void FakeNode::leave(const Target& target, std::span<const std::string_view> rooms) {
  on_every_node([targets = Targets(target), names = std::vector<std::string>(rooms.begin(), rooms.end())](FakeNode& node) {
    for (FakeSocket* socket : node.targets_here(targets)) {
      for (const std::string& name : names) socket->leave(name);
    }
  });
}

void FakeNode::disconnect(const Target& target, bool close) {
  on_every_node([targets = Targets(target), close](FakeNode& node) {
    for (FakeSocket* socket : node.targets_here(targets)) socket->disconnect(close);
  });
}

void FakeNode::query(const Target& target, plugin_api::Projection projection, std::uint32_t, bool local,
                     plugin_api::QueryHandler& handler) {
  const Targets targets(target);
  const bool is_full = projection == plugin_api::Projection::full;
  std::vector<std::vector<std::string_view>> rooms;
  std::vector<plugin_api::SocketInfo> infos;
  for (const auto& node : cluster_.nodes_) {
    if (local && node.get() != this) continue;
    for (FakeSocket* socket : node->targets_here(targets)) {
      std::vector<std::string_view>& names = rooms.emplace_back();
      for (const auto& [key, room] : node->rooms_) {
        if (is_full && node->find_member(key, socket->id()) != nullptr) names.push_back(key.second);
      }
      infos.push_back({socket->id(), node->host_.node_name(), is_full ? "{}" : "", is_full ? socket->data() : "", {}});
    }
  }
  for (std::size_t i = 0; i < infos.size(); ++i) infos[i].rooms = rooms[i];
  const std::uint64_t count = infos.size();
  if (projection == plugin_api::Projection::count) infos.clear();
  handler.on_result(Status::ok, count, infos, {});
  handler.release();
}

void FakeNode::emit_to_servers(std::string_view namespace_name, const Payload& event, std::uint32_t timeout_ms,
                               plugin_api::ServerAnswersHandler* handler) {
  const auto exchange = std::make_shared<ServerExchange>(host_, timeout_ms, handler);
  cluster_.exchanges_.push_back(exchange);
  const Received what = receive(event);
  for (const auto& other : cluster_.nodes_) {
    if (other.get() == this || other->application_ == nullptr) continue;
    ServerExchange::Reply& reply = exchange->ask(std::string(other->host_.node_name()));
    cluster_.send(number_, other->number_,
                  [&reply, node = other.get(), what, space = std::string(namespace_name), from = host_.node_name()] {
                    const EventText parts = split_event(what.text);
                    const std::vector<Bytes> bytes = bytes_of(what.attachments);
                    plugin_api::Event seen;
                    seen.name = parts.name;
                    seen.text = what.text;
                    seen.args = parts.args;
                    seen.attachments = bytes;
                    node->application_->on_server_event(space, from, seen, reply);
                    reply.end_handler();
                  });
  }
  exchange->all_asked();
}

}  // namespace signaling::testing
