#include "topics.hpp"

#include <utility>

namespace signaling::nats_adapter {

using plugin_api::Status;
using plugin_api::SubscribeHandler;

void Topics::tell(std::vector<SubscribeHandler*> handlers, Status status) {
  for (SubscribeHandler* handler : handlers) {
    struct Release {
      SubscribeHandler& handler;
      ~Release() { handler.release(); }
    } const release{*handler};
    handler->on_subscribed(status);
  }
}

Connection::Handle Topics::subscribe_now(const std::string& topic) {
  return connection_->subscribe(subjects_.topic(topic), Incoming::Source::topic, connection_->number(),
                                std::make_shared<const std::string>(topic));
}

void Topics::subscribe(std::string_view topic, SubscribeHandler* handler) {
  if (is_closed_) return tell({handler}, Status::closed);
  const auto [found, is_new] = topics_.try_emplace(std::string(topic), nullptr);
  if (connection_ == nullptr) return tell({handler}, Status::unavailable);
  if (found->second == nullptr) found->second = subscribe_now(found->first);
  if (found->second == nullptr) return tell({handler}, Status::unavailable);
  new_.push_back(handler);
}

void Topics::unsubscribe(std::string_view topic) {
  const auto found = topics_.find(topic);
  if (found == topics_.end()) return;
  if (found->second != nullptr) connection_->unsubscribe(found->second);
  topics_.erase(found);
}

void Topics::on_up(Connection& connection) {
  connection_ = &connection;
  for (auto& [topic, subscription] : topics_) subscription = subscribe_now(topic);
}

void Topics::on_down() {
  if (connection_ == nullptr) return;
  // Given back, so that the library can let go of them when the connection is closed.
  for (auto& [topic, subscription] : topics_) {
    if (subscription != nullptr) connection_->unsubscribe(std::exchange(subscription, nullptr));
  }
  connection_ = nullptr;
  auto waiting = std::exchange(new_, {});
  for (auto& [number, handlers] : std::exchange(sent_, {})) waiting.insert(waiting.end(), handlers.begin(), handlers.end());
  tell(std::move(waiting), Status::unavailable);
}

void Topics::flush() {
  if (new_.empty() || connection_ == nullptr) return;
  const std::uint64_t number = next_number_++;
  sent_.emplace(number, std::exchange(new_, {}));
  connection_->publish(subjects_.reply(number), {});
}

void Topics::on_reply(std::uint64_t number) {
  auto handlers = sent_.extract(number);
  if (!handlers.empty()) tell(std::move(handlers.mapped()), Status::ok);
}

void Topics::close(Status status) {
  is_closed_ = true;
  auto waiting = std::exchange(new_, {});
  for (auto& [number, handlers] : std::exchange(sent_, {})) waiting.insert(waiting.end(), handlers.begin(), handlers.end());
  tell(std::move(waiting), status);
}

}  // namespace signaling::nats_adapter
