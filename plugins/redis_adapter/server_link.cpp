#include "server_link.hpp"

namespace signaling::redis_adapter {
namespace {

/// A connection that ends sooner counts as a failed attempt: a server that throws its clients out is not run at.
constexpr std::chrono::seconds stable_after{1};

}  // namespace

ServerLink::ServerLink(Environment& environment, LinkOwner& owner, SubscriptionTable& table, bool is_sharded)
    : environment_(environment),
      owner_(owner),
      commands_(environment, *this),
      subscriber_(environment, *this, table, is_sharded),
      backoff_(environment.options.backoff_min, environment.options.backoff_max) {}

void ServerLink::open() {
  is_open_ = true;
  attempt();
}

void ServerLink::close() {
  is_open_ = false;
  if (retry_) std::exchange(retry_, nullptr)->cancel();
  restored_.clear();
  subscriber_.close();
  commands_.close();
}

void ServerLink::attempt() {
  const bool is_complete = (commands_.is_open() || is_commands_opening_) && (subscriber_.is_open() || is_subscriber_opening_);
  if (is_open_ && !is_complete) owner_.locate(*this);
}

void ServerLink::attempt_later() {
  if (!is_open_ || retry_) return;
  retry_ = std::make_shared<asio::steady_timer>(environment_.io, backoff_.next(environment_.random_fraction()));
  retry_->async_wait([this, weak = std::weak_ptr(retry_)](boost::system::error_code error) {
    const auto timer = weak.lock();
    if (error || !timer || retry_ != timer) return;
    retry_ = nullptr;
    environment_.guarded("connecting", [this] { attempt(); });
  });
}

void ServerLink::connect_to(const ServerAddress& address) {
  if (!is_open_) return;
  const bool has_moved = address != address_;
  address_ = address;
  if (has_moved) {
    // What is left of the connections to the server before serves nobody.
    if (is_commands_opening_ || commands_.is_open()) restart("the master is " + address.text() + " now");
    if (is_subscriber_opening_ || subscriber_.is_open()) subscriber_.fail("the master is " + address.text() + " now");
    if (retry_) std::exchange(retry_, nullptr)->cancel();
  }
  if (!commands_.is_open() && !is_commands_opening_) {
    is_commands_opening_ = true;
    commands_.open(address_);
  }
  if (!subscriber_.is_open() && !is_subscriber_opening_) {
    is_subscriber_opening_ = true;
    subscriber_.open(address_);
  }
}

void ServerLink::not_located(std::string_view reason, bool is_refusal) {
  report_failure("the master is not found", reason, is_refusal);
  attempt_later();
}

void ServerLink::add_partitions(const std::vector<Partition>& partitions) {
  partitions_.insert(partitions.begin(), partitions.end());
  if (subscriber_.is_open()) subscriber_.restore(partitions);
}

void ServerLink::remove_partitions(const std::set<Partition>& partitions) {
  for (const auto partition : partitions) {
    partitions_.erase(partition);
    restored_.erase(partition);
  }
  subscriber_.release(partitions);
}

void ServerLink::update(Channel& channel) {
  if (subscriber_.is_open()) subscriber_.update(channel);
}

void ServerLink::restart(std::string_view reason) {
  const std::string text(reason);
  commands_.fail(text);
  subscriber_.fail(text);
}

void ServerLink::leave(std::string_view reason) {
  if (is_leaving_ || !commands_.is_open()) return;
  is_leaving_ = true;
  leave_reason_ = reason;
  owner_.on_link_changed(*this, reason);
  if (commands_.is_idle()) restart(leave_reason_);
}

void ServerLink::on_answer(Request&& request, redisReply& reply) {
  owner_.on_answer(*this, std::move(request), reply);
  if (is_leaving_ && commands_.is_idle()) restart(leave_reason_);
}

void ServerLink::on_commands_open(const ServerInfo& info) {
  is_commands_opening_ = false;
  is_leaving_ = false;
  if (subscriber_.is_open() && info_.run_id != info.run_id) subscriber_.fail("the server behind the address is another one");
  on_leg_open(info);
  owner_.on_link_changed(*this, "connected");
}

void ServerLink::on_subscriber_open(const ServerInfo& info) {
  is_subscriber_opening_ = false;
  if (commands_.is_open() && info_.run_id != info.run_id) commands_.fail("the server behind the address is another one");
  on_leg_open(info);
  if (!partitions_.empty()) subscriber_.restore({partitions_.begin(), partitions_.end()});
}

void ServerLink::on_leg_open(const ServerInfo& info) {
  info_ = info;
  if (!commands_.is_open() || !subscriber_.is_open()) return;
  complete_since_ = SteadyClock::now();
  environment_.log(plugin_api::LogLevel::info,
                   "connected to Redis " + info.version + " at " + address_.text() + ", run " + info.run_id.substr(0, 8) +
                       (failures_ == 0 ? std::string() : " (" + std::to_string(failures_) + " attempts failed before)"));
  failures_ = 0;
}

void ServerLink::on_restored(const std::vector<Partition>& partitions) {
  for (const auto partition : partitions)
    if (partitions_.contains(partition)) restored_.insert(partition);
  owner_.on_link_changed(*this, "subscribed");
}

void ServerLink::on_commands_closed(const CloseReason& reason) {
  is_commands_opening_ = false;
  is_leaving_ = false;
  on_leg_closed("commands", reason);
}

void ServerLink::on_subscriber_closed(const CloseReason& reason) {
  is_subscriber_opening_ = false;
  restored_.clear();
  on_leg_closed("subscriptions", reason);
}

void ServerLink::on_leg_closed(std::string_view leg, const CloseReason& reason) {
  if (!is_open_) return;
  if (reason.was_open) {
    environment_.log(plugin_api::LogLevel::warn,
                     "connection to Redis at " + address_.text() + " for " + std::string(leg) + " ended: " + reason.text);
    if (SteadyClock::now() - complete_since_ > stable_after) backoff_.reset();
    owner_.on_link_changed(*this, reason.text);
  } else {
    report_failure("no connection to Redis at " + address_.text() + " for " + std::string(leg), reason.text, reason.is_refusal);
  }
  attempt_later();
  owner_.on_link_trouble(*this);
}

void ServerLink::report_failure(std::string_view what, std::string_view reason, bool is_refusal) {
  ++failures_;
  const std::string text = std::string(what) + ": " + std::string(reason);
  // The 1st, 2nd, 4th, 8th … and every 64th: enough to see that it goes on.
  if ((failures_ & (failures_ - 1)) == 0 || failures_ % 64 == 0)
    environment_.log(plugin_api::LogLevel::warn, text + (failures_ == 1 ? "" : " (attempt " + std::to_string(failures_) + ")"));
  if (is_refusal && !environment_.is_stopped)
    environment_.guarded("on_refused", [&] { environment_.observer.on_refused(text); });
}

}  // namespace signaling::redis_adapter
